package neptune.life

/** Where a launched task stands, as the driver knows it. */
sealed abstract class TaskState(name: String, meaning: String) extends Named(name, meaning)

object TaskState {
  case object Running extends TaskState("running", "on its core")
  case object Suspending
    extends TaskState("suspending", "asked to suspend; it still holds its core")
  case object Suspended extends TaskState(
    "suspended", "acknowledged as suspended; its core may be lent to higher priorities")
  case object Resuming extends TaskState("resuming", "asked to resume; it holds its core again")
  case object Ended
    extends TaskState("ended", "finished, failed, killed or lost with its executor")

  val all: Seq[TaskState] = Seq(Running, Suspending, Suspended, Resuming, Ended)
}

/** What can happen to a launched task. */
sealed abstract class TaskEvent(name: String, meaning: String) extends Named(name, meaning)

object TaskEvent {
  case object SuspendRequested
    extends TaskEvent("suspend requested", "a policy or a user suspends it")
  case object SuspendAcknowledged
    extends TaskEvent("suspend acknowledged", "its executor answered the newest request")
  case object ResumeRequested
    extends TaskEvent("resume requested", "its core is free, or is reclaimed by force")
  case object ResumeAcknowledged
    extends TaskEvent("resume acknowledged", "its executor answered the newest request")
  case object Rescued extends TaskEvent(
    "rescued",
    "its executor let it run again: a higher-priority task waits for it, or it was killed")
  case object HasEnded extends TaskEvent("ended", "Spark says so, or has no record of it")

  val all: Seq[TaskEvent] = Seq(
    SuspendRequested, SuspendAcknowledged, ResumeRequested, ResumeAcknowledged, Rescued,
    HasEnded)
}

/** The one transition table of a task's life on the driver. */
object TaskLife extends Life[TaskState, TaskEvent](
    "task", "A launched task, in the driver's ledger (`neptune.core.CoreLedger`).") {
  import TaskEvent._
  import TaskState._

  override val states: Seq[TaskState] = TaskState.all
  override val events: Seq[TaskEvent] = TaskEvent.all
  override val moves: Seq[((TaskState, TaskEvent), TaskState)] = Seq(
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
}
