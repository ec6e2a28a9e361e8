package neptune.unreliable

import scala.collection.mutable

import neptune.life.HoldState
import neptune.protocol.{Bounds, Frame, Hold, HoldInput, HoldInstruction}

/** What the workers' task does, as far as it matters to who wants it suspended. */
sealed trait Doing
object Doing {
  case object PythonCode extends Doing
  /** It reads no frames. */
  case object CCode extends Doing
  /** It is not to be suspended. */
  case object Section extends Doing
  /** Other threads or processes work beside it. */
  case object MaybeBusy extends Doing
  val all: Seq[Doing] = Seq(PythonCode, CCode, Section, MaybeBusy)
}

/** A Python worker that runs a part of a task, with its end of the connection, the controller that
 *  stops it, and the executor's real [[Hold]] on it.
 *
 * Frames are neither lost nor reordered, as on a Unix socket.
 */
final class FakeWorker(world: World, task: FakeTask) {
  import FakeWorker._

  private val hold = new Hold(Bounds(graceMs, noSuspendMs), idleCheckMs = Some(500L))
  private var doing: Doing = world.one(Doing.all)
  private val unread = mutable.Queue.empty[(Byte, Long)]
  /** The request for which its main thread stands, and one that it deferred. */
  private var standsFor = Option.empty[Long]
  private var deferred = Option.empty[Long]
  /** Whether its processes stand still, and the requests that the controller has yet to answer. */
  private var isStopped = false
  private val toStop = mutable.ArrayBuffer.empty[Long]
  private var isOver = false

  def state: HoldState = hold.state
  /** Whether it does not compute. */
  def standsStill: Boolean = isStopped || standsFor.isDefined

  /** Goes on to something else, if it can. */
  def step(): Unit = if (!isOver && !standsStill) {
    doing = world.one(Doing.all)
    if (doing != Doing.Section) deferred.foreach { seq =>
      deferred = None
      stand(seq)
    }
    read()
  }

  // What the gate has done with it.

  def suspend(seq: Long): Unit = handle(HoldInput.Suspend(seq))
  def resume(seq: Long): Unit = handle(HoldInput.Resume(seq))
  def cancel(): Unit = handle(HoldInput.Cancel)

  /** Its run of the task is over. */
  def end(): Unit = if (!isOver) {
    isOver = true
    task.workerEnded(this)
    handle(HoldInput.End)
    task.sees(state)
  }

  private def handle(input: HoldInput): Unit = hold.handle(input).foreach {
    case HoldInstruction.SendFrame(kind, seq) => world.after(0L) {
      unread += kind -> seq
      read()
    }
    case HoldInstruction.StopProcesses(graceMs, seq) => controller {
      toStop += seq
      world.after(graceMs + world.upTo(3)) {
        if (toStop.contains(seq)) {
          isStopped = true
          answerAsController()
        }
      }
    }
    case HoldInstruction.ContinueProcesses(seq) => controller {
      isStopped = false
      answerAsController()
      seq.foreach(number => controller(handle(HoldInput.Continued(number))))
      read()
    }
    case HoldInstruction.PutOffIdleTimeout => ()
    case HoldInstruction.After(ms, timer) => world.after(ms)(handle(timer))
    case HoldInstruction.IsSuspended(seq) => if (!isOver) task.workerSuspended(this, seq)
    case HoldInstruction.IsResumed(seq) => if (!isOver) task.workerResumed(this, seq)
  }

  /** Its hub reads, also while the main thread stands. */
  private def hears: Boolean =
    !isStopped && !isOver && (doing != Doing.CCode || standsFor.isDefined)

  /** The controller gets to something, or something from the controller gets here, in order. */
  private def controller(act: => Unit): Unit = world.after(1L)(act)

  /** It answers what it has done, and what it has not because that was taken back. */
  private def answerAsController(): Unit = {
    toStop.foreach(seq => controller(handle(HoldInput.Stopped(seq))))
    toStop.clear()
  }

  private def read(): Unit = while (unread.nonEmpty && hears) {
    unread.dequeue() match {
      case (Frame.Suspend, seq) if doing == Doing.Section && standsFor.isEmpty =>
        deferred = Some(seq)
        answer(Frame.Deferred, seq)
      case (Frame.Suspend | Frame.SuspendNow, seq) =>
        deferred = None
        stand(seq)
      case (Frame.Resume, seq) =>
        deferred = None
        standsFor = None
        answer(Frame.Resumed, seq)
      case (Frame.Cancel, _) => world.after(world.upTo(5))(end())
      case (kind, _) => throw new MatchError(kind)
    }
  }

  private def stand(seq: Long): Unit = {
    standsFor = Some(seq)
    answer(if (doing == Doing.MaybeBusy) Frame.SuspendedMaybeBusy else Frame.Suspended, seq)
  }

  private def answer(kind: Byte, seq: Long): Unit = world.after(0L) {
    if (!isOver) {
      handle(HoldInput.Answered(kind, seq))
      kind match {
        case Frame.Suspended | Frame.SuspendedMaybeBusy => task.workerSuspended(this, seq)
        case Frame.Resumed => task.workerResumed(this, seq)
        case _ => ()
      }
    }
  }
}

private object FakeWorker {
  private val graceMs = 20L
  private val noSuspendMs = 1000L
}
