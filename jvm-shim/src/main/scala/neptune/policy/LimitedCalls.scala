package neptune.policy

/** Asks a policy of the user's elsewhere than where its caller stands, who waits for so long only.
 *
 * THREADING: one caller at a time.
 */
trait LimitedCalls {
  /** Has the question answered, unless an earlier one still is: else questions would pile up, and
   *  each would keep the caller waiting. */
  def call[T](question: () => T): CallResult[T]

  /** There will be no other call; one that is still being answered is told to end. */
  def close(): Unit
}

/** What came of a call. */
sealed trait CallResult[+T]

object CallResult {
  final case class Answered[T](answer: T) extends CallResult[T]
  final case class Raised(cause: Throwable) extends CallResult[Nothing]
  /** It has not answered in time, and will not be waited for. */
  final case class Late(limitMs: Long) extends CallResult[Nothing]
  /** It was not asked: it has not answered an earlier question yet. */
  case object Busy extends CallResult[Nothing]
  case object Closed extends CallResult[Nothing]
  /** The caller was interrupted, and is to see to that. */
  case object Interrupted extends CallResult[Nothing]
}
