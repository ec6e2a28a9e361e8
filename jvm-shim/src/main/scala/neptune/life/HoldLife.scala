package neptune.life

/** How far the suspension of a Python worker is, as its executor knows it. */
sealed abstract class HoldState(name: String, meaning: String) extends Named(name, meaning)

object HoldState {
  case object Free extends HoldState("free", "the worker should run")
  case object Asking
    extends HoldState("asking", "the worker was asked to suspend, and has not answered")
  case object Holding extends HoldState(
    "holding", "the same for a while: its processes are stopped after the grace period")
  case object Standing
    extends HoldState("standing", "the worker answered that it has stopped, and is alone")
  case object Deferred extends HoldState(
    "deferred", "the worker answered that its task is in a section that must not be suspended")
  case object Held extends HoldState(
    "held", "others work beside its main thread, or it reaches no gate: its processes are stopped")
  case object Over extends HoldState("over", "the worker's run of the task is over")

  val all: Seq[HoldState] = Seq(Free, Asking, Holding, Standing, Deferred, Held, Over)
}

/** What can happen to the hold on a worker. */
sealed abstract class HoldEvent(name: String, meaning: String) extends Named(name, meaning)

object HoldEvent {
  case object SuspendRequested extends HoldEvent("suspend requested", "the gate wants it suspended")
  case object StoodStill extends HoldEvent("stood still", "it answers that it has stopped, alone")
  case object MaybeBusy extends HoldEvent(
    "maybe busy", "it answers that others work beside it, or that its task reaches no gate")
  case object Deferral
    extends HoldEvent("deferral", "it answers that its task is in a `no_suspend` section")
  case object ReminderDue extends HoldEvent("reminder due", "it takes long to answer")
  case object SectionTooLong
    extends HoldEvent("section too long", "the time that such a section may take is up")
  case object ResumeRequested
    extends HoldEvent("resume requested", "the gate wants it to run again")
  case object Cancelled extends HoldEvent("cancelled", "its task is to end")
  case object Ended extends HoldEvent("ended", "its run of the task is over, or its connection")

  val all: Seq[HoldEvent] = Seq(
    SuspendRequested, StoodStill, MaybeBusy, Deferral, ReminderDue, SectionTooLong,
    ResumeRequested, Cancelled, Ended)
}

/** The one transition table of a hold's life. */
object HoldLife extends Life[HoldState, HoldEvent](
    "worker hold",
    "An executor's hold on a Python worker, for one run of a task (`neptune.protocol.Hold`).") {
  import HoldEvent._
  import HoldState.{Asking, Deferred, Free, Held, Holding, Over, Standing}

  override val states: Seq[HoldState] = HoldState.all
  override val events: Seq[HoldEvent] = HoldEvent.all
  override val moves: Seq[((HoldState, HoldEvent), HoldState)] = Seq(
    (Free, SuspendRequested) -> Asking,
    (Free, ResumeRequested) -> Free,
    (Free, Cancelled) -> Free,
    (Free, Ended) -> Over,
    (Asking, SuspendRequested) -> Asking,
    (Asking, StoodStill) -> Standing,
    (Asking, MaybeBusy) -> Held,
    (Asking, Deferral) -> Deferred,
    (Asking, ReminderDue) -> Holding,
    (Asking, SectionTooLong) -> Asking,
    (Asking, ResumeRequested) -> Free,
    (Asking, Cancelled) -> Free,
    (Asking, Ended) -> Over,
    (Holding, SuspendRequested) -> Holding,
    (Holding, StoodStill) -> Standing,
    (Holding, MaybeBusy) -> Held,
    (Holding, Deferral) -> Deferred,
    (Holding, ReminderDue) -> Holding,
    (Holding, SectionTooLong) -> Holding,
    (Holding, ResumeRequested) -> Free,
    (Holding, Cancelled) -> Free,
    (Holding, Ended) -> Over,
    (Standing, SuspendRequested) -> Asking,
    (Standing, StoodStill) -> Standing,
    (Standing, MaybeBusy) -> Held,
    (Standing, Deferral) -> Deferred,
    // The section was left in time; to ask once more does no harm.
    (Standing, SectionTooLong) -> Asking,
    (Standing, ResumeRequested) -> Free,
    (Standing, Cancelled) -> Free,
    (Standing, Ended) -> Over,
    (Deferred, SuspendRequested) -> Asking,
    (Deferred, StoodStill) -> Standing,
    (Deferred, MaybeBusy) -> Held,
    (Deferred, Deferral) -> Deferred,
    (Deferred, SectionTooLong) -> Asking,
    (Deferred, ResumeRequested) -> Free,
    (Deferred, Cancelled) -> Free,
    (Deferred, Ended) -> Over,
    // It was never told to resume: a newer request came first.
    (Held, SuspendRequested) -> Holding,
    (Held, StoodStill) -> Standing,
    (Held, MaybeBusy) -> Held,
    (Held, Deferral) -> Deferred,
    (Held, SectionTooLong) -> Holding,
    (Held, ResumeRequested) -> Free,
    (Held, Cancelled) -> Free,
    (Held, Ended) -> Over,
    // What the gate wants may come late; the worker has another task then.
    (Over, SuspendRequested) -> Over,
    (Over, ResumeRequested) -> Over,
    (Over, Cancelled) -> Over,
    (Over, Ended) -> Over)
}
