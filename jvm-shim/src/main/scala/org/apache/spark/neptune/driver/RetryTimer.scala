package org.apache.spark.neptune.driver

import java.util.concurrent.{RejectedExecutionException, TimeUnit}

import org.apache.spark.util.{Clock, ThreadUtils}

/** Asks for one more offer round after a while: a local backend has no rounds of its own accord.
 *
 * THREADING: safe for all callers.
 */
private[driver] final class RetryTimer(revive: () => Unit, alarm: Alarm, clock: Clock) {
  /** When the next round is due; later wishes have to wait for it, and to be uttered again then. */
  private var dueNs: Option[Long] = None
  /** Takes the wish for that round back: there is one at a time, or they would pile up. */
  private var cancel: () => Unit = () => ()

  /** A round is wanted in so many nanoseconds, at the latest. */
  def within(ns: Long): Unit = synchronized {
    val due = clock.nanoTime() + math.max(0L, ns)
    if (!alarm.isStopped && dueNs.forall(due - _ < 0)) {
      dueNs = Some(due)
      cancel()
      cancel = alarm.after(math.max(0L, ns))(() => ring(due))
    }
  }

  def stop(): Unit = alarm.stop()

  private def ring(due: Long): Unit = {
    synchronized(if (dueNs.contains(due)) dueNs = None)
    revive()
  }
}

/** Does something later: on a thread, or in a simulation's own time. */
private[neptune] trait Alarm {
  /** @return what takes it back */
  def after(ns: Long)(act: () => Unit): () => Unit
  def stop(): Unit
  def isStopped: Boolean
}

private[neptune] final class ThreadAlarm extends Alarm {
  private val timer = ThreadUtils.newDaemonSingleThreadScheduledExecutor("neptune-retry")

  // Spark's timers forget what is cancelled at once.
  override def after(ns: Long)(act: () => Unit): () => Unit =
    try {
      val wish = timer.schedule((() => act()): Runnable, ns, TimeUnit.NANOSECONDS)
      () => wish.cancel(false)
    } catch { case _: RejectedExecutionException => () => () } // stopped by another thread just now
  override def stop(): Unit = timer.shutdownNow()
  override def isStopped: Boolean = timer.isShutdown
}
