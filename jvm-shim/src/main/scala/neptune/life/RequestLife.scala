package neptune.life

/** Whether an executor owes the driver an answer on a task. */
sealed abstract class RequestState(name: String, meaning: String) extends Named(name, meaning)

object RequestState {
  case object Settled extends RequestState("settled", "no answer is expected")
  case object Awaited extends RequestState("awaited", "sent; the answer may be on its way")
  case object Late extends RequestState(
    "late", "sent more than once; if it is urgent, its executor counts as silent")

  val all: Seq[RequestState] = Seq(Settled, Awaited, Late)
}

/** What can happen to the last request for a task. */
sealed abstract class RequestEvent(name: String, meaning: String) extends Named(name, meaning)

object RequestEvent {
  case object Asked extends RequestEvent("asked", "a request is sent; it replaces an older one")
  case object Due
    extends RequestEvent("due", "the time for an answer is up: the request is sent again")
  case object Answered
    extends RequestEvent("answered", "the answer has come, or none will: the task is over")

  val all: Seq[RequestEvent] = Seq(Asked, Due, Answered)
}

/** The one transition table of a request's life on the driver. */
object RequestLife extends Life[RequestState, RequestEvent](
    "request",
    "The last request that an executor was sent for a task (`neptune.protocol.Requests`).") {
  import RequestEvent._
  import RequestState._

  override val states: Seq[RequestState] = RequestState.all
  override val events: Seq[RequestEvent] = RequestEvent.all
  override val moves: Seq[((RequestState, RequestEvent), RequestState)] = Seq(
    (Settled, Asked) -> Awaited,
    // The answer may come twice, or to a request that was replaced.
    (Settled, Answered) -> Settled,
    (Awaited, Asked) -> Awaited,
    (Awaited, Due) -> Late,
    (Awaited, Answered) -> Settled,
    (Late, Asked) -> Awaited,
    (Late, Due) -> Late,
    (Late, Answered) -> Settled)
}
