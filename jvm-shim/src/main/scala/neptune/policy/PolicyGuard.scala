package neptune.policy

import neptune.core.{Decision, ExecutorSnapshot, Snapshot}

/** Asks a policy of the user's so that it can't hurt who asks: elsewhere, for no longer than a
 *  time-out, whatever it raises, and with its answer checked.
 *
 * THREADING: one caller at a time. The policy gets values that change no more.
 *
 * @param calls where it is asked; the guard's
 */
final class PolicyGuard(policy: Policy, calls: LimitedCalls) extends PolicyCaller {
  override def decide(snapshot: Snapshot): Either[NoAnswer, Decision] = {
    look(snapshot.executors)
    ask {
      // Made strict here: an answer that is lazy must not raise, or last, in the caller's hands.
      val answer = policy.decide(snapshot)
      if (answer == null) Left("it answered null")
      else {
        val decision = Decision(answer.victims.toVector, answer.placements.toVector)
        Decision.fault(decision, snapshot).toLeft(decision)
      }
    }
  }

  override def offerOrder(
      executors: IndexedSeq[ExecutorSnapshot]): Either[NoAnswer, Seq[String]] = {
    look(executors)
    ask {
      val answer = policy.offerOrder(executors)
      if (answer == null) Left("it answered null")
      else {
        val order = answer.toVector
        order.diff(executors.map(_.executorId)).headOption
          .map(id => s"it names the executor $id, which was not offered, or names it twice")
          .toLeft(order)
      }
    }
  }

  override def close(): Unit = calls.close()

  /** Has the tasks made that are made when they are first looked at: that is not for another thread
   *  to do, nor for later. */
  private def look(executors: IndexedSeq[ExecutorSnapshot]): Unit = executors.foreach(_.tasks)

  private def ask[T](question: => Either[String, T]): Either[NoAnswer, T] =
    calls.call(() => question) match {
      case CallResult.Answered(answer) =>
        answer.left.map(fault => NoAnswer(s"answered wrongly: $fault"))
      case CallResult.Raised(cause) => Left(NoAnswer.raised(cause))
      case CallResult.Late(limitMs) => Left(NoAnswer(s"did not answer within $limitMs ms"))
      case CallResult.Busy =>
        Left(NoAnswer("has not answered an earlier question yet", isFault = false))
      case CallResult.Closed => Left(NoAnswer("was closed", isFault = false))
      case CallResult.Interrupted =>
        Left(NoAnswer("was not waited for: the scheduler was interrupted", isFault = false))
    }
}
