package neptune.policy

import scala.util.control.NonFatal

import neptune.core.{Decision, ExecutorSnapshot, Snapshot}

/** Why a policy is not followed this time.
 *
 * @param sentence goes on from "The policy ...": "raised ...", "did not answer within 100 ms"
 * @param isFault whether it is one more defect of the policy, to be counted
 */
final case class NoAnswer(
    sentence: String, cause: Option[Throwable] = None, isFault: Boolean = true)

object NoAnswer {
  def raised(e: Throwable): NoAnswer = e match {
    case told: PolicyException => NoAnswer(s"raised ${told.summary}", Some(told))
    case _ => NoAnswer(s"raised $e", Some(e))
  }
}

/** What a policy raised that runs elsewhere.
 *
 * @param summary the exception in one line
 * @param trace all that is known of it, for the log
 */
final class PolicyException(val summary: String, trace: String)
  extends RuntimeException(trace, null, false, false) {
  override def toString: String = trace
}

/** A policy as the scheduler asks it: with an answer that is sound, or none.
 *
 * THREADING: one caller at a time.
 */
trait PolicyCaller {
  def decide(snapshot: Snapshot): Either[NoAnswer, Decision]
  def offerOrder(executors: IndexedSeq[ExecutorSnapshot]): Either[NoAnswer, Seq[String]]
  /** It will not be asked again. */
  def close(): Unit
}

/** Asks a policy of ours, on the caller's thread. */
final class DirectPolicyCaller(policy: Policy) extends PolicyCaller {
  override def decide(snapshot: Snapshot): Either[NoAnswer, Decision] =
    answer(policy.decide(snapshot))
  override def offerOrder(executors: IndexedSeq[ExecutorSnapshot]): Either[NoAnswer, Seq[String]] =
    answer(policy.offerOrder(executors))
  override def close(): Unit = ()

  private def answer[T](ask: => T): Either[NoAnswer, T] =
    try Right(ask) catch {
      case NonFatal(e) => Left(NoAnswer.raised(e))
    }
}

/** In the place of a policy that is yet to come. */
final class AwaitedPolicyCaller(sentence: String) extends PolicyCaller {
  private val notYet = Left(NoAnswer(sentence, isFault = false))

  override def decide(snapshot: Snapshot): Either[NoAnswer, Decision] = notYet
  override def offerOrder(executors: IndexedSeq[ExecutorSnapshot]): Either[NoAnswer, Seq[String]] =
    notYet
  override def close(): Unit = ()
}
