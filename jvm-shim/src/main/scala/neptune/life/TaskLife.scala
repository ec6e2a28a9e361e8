package neptune.life

/** Where a launched task stands, as the driver knows it. */
sealed abstract class TaskState(val name: String) {
  override def toString: String = name
}

object TaskState {
  /** On its core. */
  case object Running extends TaskState("running")
  /** Asked to suspend; it still holds its core. */
  case object Suspending extends TaskState("suspending")
  /** Acknowledged as suspended; its core may be lent to higher priorities. */
  case object Suspended extends TaskState("suspended")
  /** Asked to resume; it holds its core again. */
  case object Resuming extends TaskState("resuming")
  /** Finished, failed, killed or lost with its executor. */
  case object Ended extends TaskState("ended")

  val all: Seq[TaskState] = Seq(Running, Suspending, Suspended, Resuming, Ended)
}

/** What can happen to a launched task. */
sealed abstract class TaskEvent(val name: String) {
  override def toString: String = name
}

object TaskEvent {
  case object SuspendRequested extends TaskEvent("suspend requested")
  case object SuspendAcknowledged extends TaskEvent("suspend acknowledged")
  case object ResumeRequested extends TaskEvent("resume requested")
  case object ResumeAcknowledged extends TaskEvent("resume acknowledged")
  /** Its executor let it run again: a higher task waits for what it holds, or it was killed. */
  case object Rescued extends TaskEvent("rescued")
  case object HasEnded extends TaskEvent("ended")

  val all: Seq[TaskEvent] = Seq(
    SuspendRequested, SuspendAcknowledged, ResumeRequested, ResumeAcknowledged, Rescued,
    HasEnded)
}

/** A move that the table does not have: a defect of ours, never of the user's. */
final class IllegalTaskMove(state: TaskState, event: TaskEvent)
  extends IllegalStateException(s"a task that is $state cannot take '$event'")

/** The one transition table of a task's life on the driver. */
object TaskLife {
  import TaskEvent._
  import TaskState._

  val table: Map[(TaskState, TaskEvent), TaskState] = Map(
    (Running, SuspendRequested) -> Suspending,
    (Running, HasEnded) -> Ended,
    (Suspending, SuspendAcknowledged) -> Suspended,
    // The acknowledgement may be lost, or come after the news.
    (Suspending, Rescued) -> Running,
    (Suspending, HasEnded) -> Ended,
    (Suspended, ResumeRequested) -> Resuming,
    (Suspended, Rescued) -> Running,
    (Suspended, HasEnded) -> Ended,
    (Resuming, ResumeAcknowledged) -> Running,
    // A new victim need not wait for the acknowledgement of its last resume.
    (Resuming, SuspendRequested) -> Suspending,
    (Resuming, HasEnded) -> Ended)

  /** The next state, or [[IllegalTaskMove]]. */
  def next(state: TaskState, event: TaskEvent): TaskState =
    table.getOrElse((state, event), throw new IllegalTaskMove(state, event))
}
