package neptune.policy

import java.util.concurrent.{
  ExecutionException, ExecutorService, Executors, Future, RejectedExecutionException, TimeUnit,
  TimeoutException}

import neptune.core.{Decision, ExecutorView, Snapshot}

/** Asks a policy of the user's on a thread of its own, so that it can't hurt who asks: for no
 *  longer than a time-out, whatever it raises, and with its answer checked.
 *
 * THREADING: one caller at a time. The policy's thread gets values that change no more.
 */
final class PolicyGuard(policy: Policy, timeoutMs: Long) extends Advisor {
  private val thread: ExecutorService = Executors.newSingleThreadExecutor { (work: Runnable) =>
    val made = new Thread(work, "neptune-policy")
    made.setDaemon(true)
    made.setContextClassLoader(policy.getClass.getClassLoader)
    made
  }
  /** A question that was not answered in time. The policy is asked no other until it has returned:
   *  else questions would pile up, and each would keep the caller waiting. */
  private var late = Option.empty[Future[_]]

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

  override def offerOrder(executors: IndexedSeq[ExecutorView]): Either[NoAnswer, Seq[String]] = {
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

  override def close(): Unit = thread.shutdownNow()

  /** Has the tasks made that are made when they are first looked at: that is not for another thread
   *  to do, nor for later. */
  private def look(executors: IndexedSeq[ExecutorView]): Unit = executors.foreach(_.tasks)

  private def ask[T](question: => Either[String, T]): Either[NoAnswer, T] =
    if (late.exists(!_.isDone)) {
      Left(NoAnswer("has not answered an earlier question yet", isFault = false))
    } else {
      late = None
      try await(thread.submit(() => question)) catch {
        case _: RejectedExecutionException => Left(NoAnswer("was closed", isFault = false))
      }
    }

  private def await[T](answer: Future[Either[String, T]]): Either[NoAnswer, T] =
    try {
      answer.get(timeoutMs, TimeUnit.MILLISECONDS).left
        .map(fault => NoAnswer(s"answered wrongly: $fault"))
    } catch {
      case e: ExecutionException => Left(NoAnswer.raised(e.getCause))
      case _: TimeoutException =>
        late = Some(answer)
        Left(NoAnswer(s"did not answer within $timeoutMs ms"))
      case _: InterruptedException =>
        late = Some(answer)
        // The caller is to end: that is for the caller to see.
        Thread.currentThread().interrupt()
        Left(NoAnswer("was not waited for: the scheduler was interrupted", isFault = false))
    }
}
