package neptune.protocol

import neptune.core.{CoreLedger, SuspendedFor, TaskEntry}
import neptune.life.TaskState

/** What the driver's side has its scheduler do. */
sealed trait DriverInstruction

object DriverInstruction {
  final case class Send(executorId: String, message: Message) extends DriverInstruction
  /** See to it that [[DriverSide.timePassed]] is called in so many nanoseconds, at the latest. */
  final case class WakeWithin(ns: Long) extends DriverInstruction

  /** Something has become of a task, for the scheduler to count, and to tell of. */
  sealed trait News extends DriverInstruction
  final case class IsSuspended(task: TaskEntry, answer: Suspended) extends News
  final case class IsResumed(task: TaskEntry, answer: Resumed) extends News
  /** @param wasSuspended whether the driver knew that it was: the answer may be on its way */
  final case class IsRescued(task: TaskEntry, report: Rescued, wasSuspended: Boolean) extends News
  final case class IsKilled(task: TaskEntry) extends News
}

/** The driver's half of the protocol: what it wants of the tasks of all executors, and what it
 *  makes of what they say. The other half is [[Gate]].
 *
 * An event goes in, with its time, and what is to be done comes out, to be carried out in this
 * order. The ledger has each task's state and the numbers of the requests; an answer to another one
 * than the newest changes nothing. A request is sent again until it is answered ([[Requests]]); a
 * rescue, which is an executor's own act, is reported by it until it is acknowledged.
 *
 * THREADING: not thread-safe; the scheduler calls it under its own lock. No clock of its own.
 *
 * @param timeoutMs how long a task may take to suspend before its core is lent all the same
 * @param answerNs how long an executor may take to answer a request to suspend or resume
 * @param confirmNs how long it may take to confirm a priority
 */
final class DriverSide(ledger: CoreLedger, timeoutMs: Long, answerNs: Long, confirmNs: Long) {
  import DriverInstruction._

  private val requests = new Requests[Message](answerNs)
  private val priorities = new Requests[Message](confirmNs)

  /** @return nothing if there is nothing to ask, as of a task that is suspended already */
  def suspend(taskId: Long, whom: SuspendedFor, nowNs: Long): Seq[DriverInstruction] =
    asked(taskId, ledger.requestSuspend(taskId, whom, nowNs)) { (entry, seq) =>
      // Nobody waits for the core of a task that is suspended manually: it may take its time.
      val manual = whom == SuspendedFor.Manual
      val timeout = if (manual) Suspend.NoTimeout else timeoutMs
      ask(requests, entry, Suspend(taskId, seq, timeout), isUrgent = !manual, nowNs)
    }

  /** The same, for a user or for a higher level. */
  def suspend(taskId: Long, manual: Boolean, nowNs: Long): Seq[DriverInstruction] =
    suspend(taskId, if (manual) SuspendedFor.Manual else SuspendedFor.Higher, nowNs)

  /** Takes a manual suspension back. One that is still on its way is from now on waited for like
   *  any other: the task may wait for what a suspended one holds, and that one for its core. */
  def releaseManual(taskId: Long, nowNs: Long): Seq[DriverInstruction] = {
    ledger.releaseManual(taskId)
    ledger.get(taskId).filter(_.state == TaskState.Suspending).toSeq.flatMap { entry =>
      ask(requests, entry, Suspend(taskId, entry.seq, timeoutMs), isUrgent = true, nowNs)
    }
  }

  /** @param byForce on a core too many if need be */
  def resume(taskId: Long, byForce: Boolean, nowNs: Long): Seq[DriverInstruction] =
    asked(taskId, ledger.requestResume(taskId, byForce, nowNs)) { (entry, seq) =>
      ask(requests, entry, Resume(taskId, seq), isUrgent = false, nowNs)
    }

  /** The executor is to end when its tasks have: none may stay suspended there, nor manually. */
  def executorLeaves(executorId: String, nowNs: Long): Seq[DriverInstruction] = {
    ledger.leaving(executorId)
    ledger.tasksOn(executorId).flatMap { entry =>
      val taskId = entry.task.taskId
      val released = if (entry.isManual) releaseManual(taskId, nowNs) else Nil
      released ++ resume(taskId, byForce = true, nowNs)
    }
  }

  /** @param isReachable whether there is a gate on the task's executor, to be told */
  def reprioritize(
      taskId: Long, priority: Int, isReachable: TaskEntry => Boolean, nowNs: Long)
      : Seq[DriverInstruction] =
    tell(taskId, ledger.reprioritized(taskId, priority), isReachable, nowNs)

  /** Whoever waits for what the suspended task holds has it rescued, of whatever level; or no more:
   *  anybody may have its core then, since a limit holds it. */
  def belowAll(
      taskId: Long, isBelow: Boolean, isReachable: TaskEntry => Boolean, nowNs: Long)
      : Seq[DriverInstruction] =
    tell(taskId, ledger.belowAll(taskId, isBelow), isReachable, nowNs)

  private def tell(
      taskId: Long, news: Option[Long], isReachable: TaskEntry => Boolean, nowNs: Long)
      : Seq[DriverInstruction] =
    asked(taskId, news) { (entry, seq) =>
      if (isReachable(entry)) {
        val message = Reprioritize(taskId, seq, entry.priorityTold)
        ask(priorities, entry, message, isUrgent = false, nowNs)
      } else Nil
    }

  /** An executor says something. [[News]] is among the instructions if it changed anything. */
  def received(message: Message, nowNs: Long): Seq[DriverInstruction] = message match {
    case answer @ Suspended(taskId, seq, _, _) =>
      val isNew = ledger.suspended(taskId, seq, nowNs)
      // It was on its way when its executor was told to end.
      val isInVain = ledger.get(taskId).exists(entry => ledger.isLeaving(entry.task.executorId))
      news(taskId, isNew)(IsSuspended(_, answer)) ++
        (if (isInVain) resume(taskId, byForce = true, nowNs) else Nil)
    case answer @ Resumed(taskId, seq, _) =>
      news(taskId, ledger.resumed(taskId, seq))(IsResumed(_, answer))
    case report @ Rescued(taskId, seq, _) =>
      val wasSuspended = ledger.get(taskId).exists(_.state == TaskState.Suspended)
      val acknowledged = ledger.get(taskId)
        .map(entry => Send(entry.task.executorId, RescueAcknowledged(taskId, seq)))
      news(taskId, ledger.rescued(taskId, seq, nowNs))(IsRescued(_, report, wasSuspended)) ++
        acknowledged
    case Killed(taskId, seq) =>
      news(taskId, ledger.killed(taskId, seq, nowNs))(IsKilled(_))
    case Reprioritized(taskId, seq) =>
      if (ledger.get(taskId).exists(_.prioritySeq == seq)) priorities.settled(taskId)
      Nil
    case _ => Nil
  }

  /** Sends again what was not answered in time. Others go on without the core that an executor
   *  owes: it may be long in answering. */
  def timePassed(nowNs: Long): Seq[DriverInstruction] = if (isSettled) Nil else {
    val late = requests.due(nowNs)
    late.foreach(request => ledger.late(request.taskId))
    (late ++ priorities.due(nowNs)).map(r => Send(r.executorId, r.message)) ++
      dueIn(requests, nowNs) ++ dueIn(priorities, nowNs)
  }

  /** The task is over; an executor that was asked something of it may keep a gate for it. */
  def ended(taskId: Long, nowNs: Long): Seq[DriverInstruction] = {
    lost(taskId)
    ledger.ended(taskId, nowNs).filter(_.mayHaveGate).toSeq
      .map(entry => Send(entry.task.executorId, Forget(taskId)))
  }

  /** The task is over, and its executor with it. */
  def lost(taskId: Long): Unit = {
    requests.settled(taskId)
    priorities.settled(taskId)
  }

  /** Whether the executor owes an urgent answer. */
  def isSilent(executorId: String): Boolean = requests.isSilent(executorId)

  /** Whether nobody owes an answer. */
  def isSettled: Boolean = requests.isEmpty && priorities.isEmpty

  private def asked(taskId: Long, seq: Option[Long])(
      act: (TaskEntry, Long) => Seq[DriverInstruction]): Seq[DriverInstruction] =
    seq.toSeq.flatMap(number => ledger.get(taskId).toSeq.flatMap(act(_, number)))

  private def ask(
      kept: Requests[Message], entry: TaskEntry, request: Message, isUrgent: Boolean, nowNs: Long)
      : Seq[DriverInstruction] = {
    val executorId = entry.task.executorId
    kept.sent(entry.task.taskId, executorId, request, isUrgent, nowNs)
    Send(executorId, request) +: dueIn(kept, nowNs)
  }

  private def news(taskId: Long, isNew: Boolean)(of: TaskEntry => News): Seq[DriverInstruction] =
    if (isNew) {
      requests.settled(taskId)
      ledger.get(taskId).map(of).toSeq
    } else Nil

  private def dueIn(kept: Requests[Message], nowNs: Long): Seq[DriverInstruction] =
    kept.dueInNs(nowNs).map(WakeWithin(_)).toSeq
}
