package org.apache.spark.neptune.driver.policies

import java.util.concurrent.{
  ExecutionException, ExecutorService, Executors, Future, RejectedExecutionException, TimeUnit,
  TimeoutException}

import neptune.policy.{CallResult, LimitedCalls}

/** Asks a policy on a thread of its own.
 *
 * THREADING: one caller at a time.
 *
 * @param loader of the policy's class
 */
private[driver] final class PolicyThread(loader: ClassLoader, timeoutMs: Long)
  extends LimitedCalls {
  private val thread: ExecutorService = Executors.newSingleThreadExecutor { (work: Runnable) =>
    val made = new Thread(work, "neptune-policy")
    made.setDaemon(true)
    made.setContextClassLoader(loader)
    made
  }
  /** A question that was not answered in time. */
  private var late = Option.empty[Future[_]]

  override def call[T](question: () => T): CallResult[T] =
    if (late.exists(!_.isDone)) CallResult.Busy
    else {
      late = None
      try await(thread.submit(() => question()))
      catch { case _: RejectedExecutionException => CallResult.Closed }
    }

  override def close(): Unit = thread.shutdownNow()

  private def await[T](answer: Future[T]): CallResult[T] =
    try CallResult.Answered(answer.get(timeoutMs, TimeUnit.MILLISECONDS))
    catch {
      case e: ExecutionException => CallResult.Raised(e.getCause)
      case _: TimeoutException =>
        late = Some(answer)
        CallResult.Late(timeoutMs)
      case _: InterruptedException =>
        late = Some(answer)
        // The caller is to end: that is for the caller to see.
        Thread.currentThread().interrupt()
        CallResult.Interrupted
    }
}
