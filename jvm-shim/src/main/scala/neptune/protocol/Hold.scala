package neptune.protocol

import neptune.life.{HoldEvent, HoldLife, HoldState}

/** What can happen to one run of a task in a Python worker, for its [[Hold]]. */
sealed trait HoldInput

object HoldInput {
  /** What the task's gate wants. */
  final case class Suspend(seq: Long) extends HoldInput
  final case class Resume(seq: Long) extends HoldInput
  case object Cancel extends HoldInput
  /** The worker has answered a request. */
  final case class Answered(kind: Byte, seq: Long) extends HoldInput
  /** The run is over, or the worker's connection is. */
  case object End extends HoldInput
  /** The controller has done what it was told for a request. */
  final case class Stopped(seq: Long) extends HoldInput
  final case class Continued(seq: Long) extends HoldInput

  /** What [[HoldInstruction.After]] brings. */
  sealed trait Timer extends HoldInput
  /** @param pauseMs since the last reminder
   * @param waitedMs since the worker was asked
   */
  final case class ReminderDue(seq: Long, pauseMs: Long, waitedMs: Long) extends Timer
  /** A section that is not to be suspended has lasted too long. */
  final case class SectionTooLong(seq: Long) extends Timer
  final case class IdleCheckDue(seq: Long) extends Timer
}

/** What a [[Hold]] has its user do, without delay. */
sealed trait HoldInstruction

object HoldInstruction {
  final case class SendFrame(kind: Byte, seq: Long) extends HoldInstruction
  /** Have the controller stop the worker's processes after a grace; then comes
   *  [[HoldInput.Stopped]]. */
  final case class StopProcesses(graceMs: Long, seq: Long) extends HoldInstruction
  /** Have it continue them; then comes [[HoldInput.Continued]], if there is a number. */
  final case class ContinueProcesses(seq: Option[Long]) extends HoldInstruction
  /** Keep Spark from taking the suspended worker for an idle one. */
  case object PutOffIdleTimeout extends HoldInstruction
  final case class After(ms: Long, timer: HoldInput.Timer) extends HoldInstruction

  /** News for the gate, which must not be told of it under the hold's monitor. */
  sealed trait ForGate extends HoldInstruction
  final case class IsSuspended(seq: Long) extends ForGate
  final case class IsResumed(seq: Long) extends ForGate
}

/** How long a Python worker may take, in milliseconds.
 *
 * @param graceMs to answer, before its processes are stopped if they use a processor
 * @param noSuspendMs to stay in a section that it marked as not to be suspended
 */
final case class Bounds(graceMs: Long, noSuspendMs: Long)

/** Keeps one run of a task in a worker suspended for as long as the task's gate wants it: it asks
 *  the worker, and has its processes stopped by the controller if it does not answer at once, or
 *  has other threads or child processes.
 *
 * The worker's hub answers also when the task sleeps in a system call. It can't while C code holds
 * Python's lock, and does not while the task works in C code; then the controller finds out whether
 * the worker's processes use a processor. The reminders have the hub look, and answer, again.
 *
 * An event goes in, and what is to be done comes out, to be carried out in this order.
 *
 * Invariants: `seq` is the number of the suspension that the gate wants, if it wants one; the
 * controller was told to stop the worker's processes in the states `Holding` and `Held`, and only
 * there; nothing is asked for once the run is over, whatever comes late.
 *
 * THREADING: not thread-safe; guarded by its user's monitor. No clock of its own.
 *
 * @param idleCheckMs how often Spark is kept from taking a suspended worker for an idle one; None
 *                    for a Spark that takes none for it
 */
final class Hold(bounds: Bounds, idleCheckMs: Option[Long]) {
  import Hold._
  import HoldInput.{Timer => _, _}
  import HoldInstruction._

  private var current: HoldState = HoldState.Free
  private var seq = 0L
  /** What the worker is asked for: a task that was in a section for too long is suspended in it. */
  private var request: Byte = Frame.Suspend
  /** Frames sent since the worker was last heard: it reads none in a C call. */
  private var unread = 0
  /** The last frame that could not be sent while too many were unread. */
  private var unsent = Option.empty[SendFrame]

  def state: HoldState = current

  def handle(event: HoldInput): Seq[HoldInstruction] = event match {
    case Suspend(newSeq) => suspend(newSeq)
    case Resume(newSeq) =>
      val told = if (state == HoldState.Over) Nil else send(SendFrame(Frame.Resume, newSeq))
      told ++ moveOn(HoldEvent.ResumeRequested, continued = Some(newSeq))
    case Cancel =>
      // First the frame: the worker must find it when it wakes up.
      val told =
        if (state == HoldState.Over) Nil else Seq(SendFrame(Frame.Cancel, 0L))
      told ++ moveOn(HoldEvent.Cancelled)
    case Answered(kind, answeredSeq) =>
      unread = 0
      val now = unsent.toSeq.flatMap { frame =>
        unsent = None
        send(frame)
      }
      now ++ (if (isWanted(answeredSeq)) answered(kind) else Nil)
    case End =>
      unsent = None
      moveOn(HoldEvent.Ended)
    case Stopped(stoppedSeq) =>
      // The controller also answers what was taken back since, as of a worker that has deferred.
      if (isWanted(stoppedSeq) && isHeld) Seq(IsSuspended(stoppedSeq)) else Nil
    case Continued(resumedSeq) => Seq(IsResumed(resumedSeq))
    case ReminderDue(dueSeq, pauseMs, waitedMs) =>
      if (isWanted(dueSeq) && isAwaited) remind(pauseMs, waitedMs) else Nil
    case SectionTooLong(dueSeq) =>
      if (isWanted(dueSeq)) {
        request = Frame.SuspendNow
        moveOn(HoldEvent.SectionTooLong) ++ send(SendFrame(request, seq)) :+
          remindIn(firstReminderMs, 0L)
      } else Nil
    case IdleCheckDue(dueSeq) =>
      if (isWanted(dueSeq)) PutOffIdleTimeout +: checkForIdleness else Nil
  }

  private def suspend(newSeq: Long): Seq[HoldInstruction] = {
    move(HoldEvent.SuspendRequested)
    if (state == HoldState.Over) Nil
    else {
      seq = newSeq
      request = Frame.Suspend
      // It was never told to resume: a newer request came first.
      val held = if (isHeld) Seq(StopProcesses(bounds.graceMs, seq)) else Nil
      send(SendFrame(request, seq)) ++ held ++
        (remindIn(firstReminderMs, 0L) +: checkForIdleness)
    }
  }

  private def checkForIdleness: Seq[HoldInstruction] =
    idleCheckMs.toSeq.map(After(_, IdleCheckDue(seq)))

  private def answered(kind: Byte): Seq[HoldInstruction] = kind match {
    case Frame.SuspendedMaybeBusy | Frame.Unreachable =>
      move(HoldEvent.MaybeBusy)
      Seq(StopProcesses(graceMs = 0L, seq))
    case Frame.Deferred =>
      moveOn(HoldEvent.Deferral) :+ After(bounds.noSuspendMs, SectionTooLong(seq))
    // It waits for us, and there is nobody beside it.
    case _ => moveOn(HoldEvent.StoodStill)
  }

  private def remind(pauseMs: Long, waitedMs: Long): Seq[HoldInstruction] = {
    val held = if (isHeld) Nil else Seq(StopProcesses(bounds.graceMs - waitedMs, seq))
    move(HoldEvent.ReminderDue)
    val told = if (unread < unreadForReminders) send(SendFrame(request, seq)) else Nil
    val again =
      if (waitedMs < bounds.graceMs) Seq(remindIn(pauseMs * reminderFactor, waitedMs)) else Nil
    held ++ told ++ again
  }

  private def remindIn(ms: Long, waitedMs: Long): HoldInstruction = {
    val pauseMs = math.min(ms, bounds.graceMs - waitedMs)
    After(pauseMs, ReminderDue(seq, pauseMs, waitedMs + pauseMs))
  }

  /** While too many frames are unread, only the last one is kept, which counts. */
  private def send(frame: SendFrame): Seq[HoldInstruction] =
    if (unread < unreadAtMost) {
      unread += 1
      Seq(frame)
    } else {
      unsent = Some(frame)
      Nil
    }

  /** Moves, and has the worker's processes continued if they are no longer to be stopped.
   *
   * @param continued the number of the request to resume that is answered then, if there is one
   */
  private def moveOn(event: HoldEvent, continued: Option[Long] = None): Seq[HoldInstruction] = {
    val wasHeld = isHeld
    move(event)
    if (wasHeld && !isHeld) Seq(ContinueProcesses(continued)) else Nil
  }

  private def move(event: HoldEvent): Unit = current = HoldLife.next(current, event)

  /** Whether the gate still wants this suspension. */
  private def isWanted(askedSeq: Long): Boolean =
    askedSeq == seq && state != HoldState.Free && state != HoldState.Over
  private def isHeld: Boolean = state == HoldState.Holding || state == HoldState.Held
  /** Whether the worker owes an answer. */
  private def isAwaited: Boolean = state == HoldState.Asking || state == HoldState.Holding
}

object Hold {
  /** How long a worker may take that is at a place where it can answer. */
  private val firstReminderMs = 2L
  private val reminderFactor = 3L
  private val unreadForReminders = 8
  /** Far fewer than a socket holds, also of answers. */
  private val unreadAtMost = 32
}
