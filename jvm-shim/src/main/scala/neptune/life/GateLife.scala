package neptune.life

/** How a task's gate on its executor stands. */
sealed abstract class GateState(name: String, meaning: String) extends Named(name, meaning)

object GateState {
  case object Open extends GateState("open", "the task runs, or has not started")
  case object Suspending
    extends GateState("suspending", "closed; the task has not stopped yet, as far as is known")
  case object Suspended extends GateState(
    "suspended", "closed, and reported: the task has stopped, or its time to do so is up")
  case object Resuming
    extends GateState("resuming", "open; the task does not run again yet, as far as is known")
  case object Rescued extends GateState(
    "rescued", "opened without a request; reported until the driver acknowledges it")
  case object Killed
    extends GateState("killed", "open for good: the task must find out that it was killed")
  case object Over extends GateState("over", "open for good: the task has ended, or never came")

  val all: Seq[GateState] = Seq(Open, Suspending, Suspended, Resuming, Rescued, Killed, Over)
}

/** What can happen to a gate. */
sealed abstract class GateEvent(name: String, meaning: String) extends Named(name, meaning)

object GateEvent {
  case object SuspendRequested
    extends GateEvent("suspend requested", "the driver's newest request is to suspend the task")
  case object ResumeRequested
    extends GateEvent("resume requested", "the driver's newest request is to resume the task")
  case object StoodStill extends GateEvent(
    "stood still", "the task's thread waits here, or for its workers, which are all suspended")
  case object TimedOut
    extends GateEvent("timed out", "the task's time to stop is up; its core is lent anyway")
  case object RanAgain
    extends GateEvent("ran again", "neither the thread nor a worker is stopped any more")
  case object Rescued
    extends GateEvent("rescued", "a task of higher priority waits for what this one holds")
  case object Acknowledged extends GateEvent("acknowledged", "the driver knows of the rescue")
  case object Killed extends GateEvent("killed", "the task is killed")
  case object Ended extends GateEvent("ended", "the task is over, or will never come")

  val all: Seq[GateEvent] = Seq(
    SuspendRequested, ResumeRequested, StoodStill, TimedOut, RanAgain, Rescued, Acknowledged,
    Killed, Ended)
}

/** The one transition table of a gate's life. */
object GateLife extends Life[GateState, GateEvent](
    "gate", "A task's gate on its executor (`neptune.protocol.Gate`).") {
  import GateEvent._
  import GateState.{Open, Resuming, Suspended, Suspending}

  override val states: Seq[GateState] = GateState.all
  override val events: Seq[GateEvent] = GateEvent.all
  override val moves: Seq[((GateState, GateEvent), GateState)] = Seq(
    (Open, SuspendRequested) -> Suspending,
    // The request to suspend was lost, or is yet to come, and is void then.
    (Open, ResumeRequested) -> Resuming,
    (Open, Killed) -> GateState.Killed,
    (Open, Ended) -> GateState.Over,
    // A newer request takes the place of one that is not answered.
    (Suspending, SuspendRequested) -> Suspending,
    (Suspending, ResumeRequested) -> Resuming,
    (Suspending, StoodStill) -> Suspended,
    (Suspending, TimedOut) -> Suspended,
    (Suspending, Killed) -> GateState.Killed,
    (Suspending, Ended) -> GateState.Over,
    (Suspended, SuspendRequested) -> Suspending,
    (Suspended, ResumeRequested) -> Resuming,
    (Suspended, Rescued) -> GateState.Rescued,
    (Suspended, Killed) -> GateState.Killed,
    (Suspended, Ended) -> GateState.Over,
    (Resuming, SuspendRequested) -> Suspending,
    (Resuming, ResumeRequested) -> Resuming,
    (Resuming, RanAgain) -> Open,
    (Resuming, Killed) -> GateState.Killed,
    (Resuming, Ended) -> GateState.Over,
    // A newer request tells that the driver does not go by the old state any more.
    (GateState.Rescued, SuspendRequested) -> Suspending,
    (GateState.Rescued, ResumeRequested) -> Resuming,
    (GateState.Rescued, Acknowledged) -> Open,
    (GateState.Rescued, Killed) -> GateState.Killed,
    (GateState.Rescued, Ended) -> GateState.Over,
    // Spark kills a task more than once, and some after their end.
    (GateState.Killed, Killed) -> GateState.Killed,
    (GateState.Killed, Ended) -> GateState.Over,
    (GateState.Over, Killed) -> GateState.Over,
    (GateState.Over, Ended) -> GateState.Over)
}
