package neptune.protocol

/** What the driver and the executors' agents say to one another, over Spark's own RPC.
 *
 * On the wire each is an array of longs, because Spark's RPC deserializes with the class loader of
 * its dispatcher threads (NettyRpcEnv, Spark 4.x), which on an executor does not see the classes
 * of a jar that came by `--jars`.
 *
 * Any may be lost, or come late, twice or in another order than they were sent in. Requests have
 * numbers, which grow; the executor obeys the newest only, and answers each with its number, again
 * if it is sent again. The driver sends a request until it is answered, the executor a `Rescued`
 * until it is acknowledged.
 */
sealed trait Message {
  def taskId: Long
}

/** Driver to executor: suspend the task; `timeoutMs` after which its core is lent all the same. */
final case class Suspend(taskId: Long, seq: Long, timeoutMs: Long) extends Message
object Suspend {
  /** The core is not lent before the task is suspended. */
  val NoTimeout: Long = -1L
}
/** Driver to executor: let the task run again. */
final case class Resume(taskId: Long, seq: Long) extends Message
/** Driver to executor: it knows that the task was rescued, and need not be told again. */
final case class RescueAcknowledged(taskId: Long, seq: Long) extends Message
/** Driver to executor: the task has another priority from now on. */
final case class Reprioritize(taskId: Long, seq: Long, priority: Int) extends Message
/** Executor to driver: it knows of the task's priority, and need not be told again. */
final case class Reprioritized(taskId: Long, seq: Long) extends Message
/** Driver to executor: the task is over; drop what was kept for it. */
final case class Forget(taskId: Long) extends Message
/** Executor to driver: the task is suspended, `latencyNs` after the request came; `overdue`: it is
 *  not, yet, but its time is over. */
final case class Suspended(taskId: Long, seq: Long, latencyNs: Long, overdue: Boolean)
  extends Message
/** Executor to driver, which replies: is the task over? It was to be suspended, but is not here. */
final case class IsOver(taskId: Long) extends Message
/** Executor to driver: the task runs, `latencyNs` after the request came. */
final case class Resumed(taskId: Long, seq: Long, latencyNs: Long) extends Message
/** Executor to driver: the suspended task runs again: a higher one waits for what it holds. */
final case class Rescued(taskId: Long, seq: Long, cause: Cause) extends Message
/** Executor to driver: the task that was to be suspended was killed; it runs until it ends. */
final case class Killed(taskId: Long, seq: Long) extends Message
/** Executor to driver: the suspended task has freed so much execution memory for a higher one. */
final case class MemoryReleased(taskId: Long, seq: Long, bytes: Long) extends Message

object Message {
  def encode(message: Message): Array[Long] = message match {
    case Suspend(task, seq, timeoutMs) => Array(1L, task, seq, timeoutMs)
    case Resume(task, seq) => Array(2L, task, seq)
    case Forget(task) => Array(3L, task)
    case Suspended(task, seq, ns, overdue) => Array(4L, task, seq, ns, if (overdue) 1L else 0L)
    case Resumed(task, seq, ns) => Array(5L, task, seq, ns)
    case Rescued(task, seq, cause) => Array(6L, task, seq, cause.code)
    case RescueAcknowledged(task, seq) => Array(7L, task, seq)
    case IsOver(task) => Array(8L, task)
    case MemoryReleased(task, seq, bytes) => Array(9L, task, seq, bytes)
    case Reprioritize(task, seq, priority) => Array(10L, task, seq, priority.toLong)
    case Reprioritized(task, seq) => Array(11L, task, seq)
    case Killed(task, seq) => Array(12L, task, seq)
  }

  /** The message, or None for what no version of ours has sent. */
  def decode(wire: Array[Long]): Option[Message] = wire.toSeq match {
    case Seq(1L, task, seq, timeoutMs) => Some(Suspend(task, seq, timeoutMs))
    case Seq(2L, task, seq) => Some(Resume(task, seq))
    case Seq(3L, task) => Some(Forget(task))
    case Seq(4L, task, seq, ns, overdue) => Some(Suspended(task, seq, ns, overdue == 1L))
    case Seq(5L, task, seq, ns) => Some(Resumed(task, seq, ns))
    case Seq(6L, task, seq, code) => Cause.of(code).map(Rescued(task, seq, _))
    case Seq(7L, task, seq) => Some(RescueAcknowledged(task, seq))
    case Seq(8L, task) => Some(IsOver(task))
    case Seq(9L, task, seq, bytes) => Some(MemoryReleased(task, seq, bytes))
    case Seq(10L, task, seq, priority) => Some(Reprioritize(task, seq, priority.toInt))
    case Seq(11L, task, seq) => Some(Reprioritized(task, seq))
    case Seq(12L, task, seq) => Some(Killed(task, seq))
    case _ => None
  }
}

/** What a task of higher priority waits for, when a suspended one is rescued. */
sealed abstract class Cause(val code: Long, val name: String)
object Cause {
  case object Block extends Cause(1L, "block")
  case object Memory extends Cause(2L, "memory")
  case object Lock extends Cause(3L, "lock")
  case object Unknown extends Cause(4L, "unknown")

  val all: Seq[Cause] = Seq(Block, Memory, Lock, Unknown)

  def of(code: Long): Option[Cause] = all.find(_.code == code)
}
