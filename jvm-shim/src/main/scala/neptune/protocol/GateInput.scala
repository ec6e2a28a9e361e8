package neptune.protocol

/** What can happen to a task on its executor, for its [[Gate]].
 *
 * @tparam W the Python workers that run parts of the task
 */
sealed trait GateInput[+W]

object GateInput {
  /** The driver says something of the task. */
  final case class Received(message: Message) extends GateInput[Nothing]
  /** The gate was made because the driver asked for it, before the task has started. */
  case object Expected extends GateInput[Nothing]
  /** The driver does not say that a task which has not started is over. */
  case object StillExpected extends GateInput[Nothing]
  /** The task starts, with the priority that it was launched with. */
  final case class Started(priority: Int) extends GateInput[Nothing]
  /** The task's own thread is at a yield point, or stands there and has spilled memory. */
  case object ThreadStops extends GateInput[Nothing]
  case object ThreadGoesOn extends GateInput[Nothing]
  /** The answer to [[GateInstruction.LookAtThread]]. */
  final case class ThreadSeen(seq: Long, isIdle: Boolean) extends GateInput[Nothing]
  /** A task of higher priority waits for execution memory. */
  case object MemoryWanted extends GateInput[Nothing]
  final case class MemoryFreed(bytes: Long, keptBytes: Long) extends GateInput[Nothing]
  /** A task of higher priority waits for what this one holds. */
  final case class Rescue(cause: Cause) extends GateInput[Nothing]
  /** @param atOnce its workers end as if they were suspended, and not when Spark sees to it */
  final case class Kill(atOnce: Boolean) extends GateInput[Nothing]
  /** The task is over, or was never here. */
  case object End extends GateInput[Nothing]

  final case class WorkerBegan[W](worker: W) extends GateInput[W]
  final case class WorkerEnded[W](worker: W) extends GateInput[W]
  final case class WorkerSuspended[W](worker: W, seq: Long) extends GateInput[W]
  final case class WorkerResumed[W](worker: W, seq: Long) extends GateInput[W]

  /** What [[GateInstruction.After]] brings. */
  sealed trait Timer extends GateInput[Nothing]
  /** The request to suspend has had its time. */
  final case class TimeIsOver(seq: Long) extends Timer
  final case class LookAgain(seq: Long) extends Timer
  final case class ReportRescueAgain(seq: Long, cause: Cause) extends Timer
  /** A task that is expected has not started for a while: the driver is to be asked. */
  case object ProbeDue extends Timer
}
