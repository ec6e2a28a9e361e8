package org.apache.spark.neptune.driver

import java.util.concurrent.TimeUnit

import org.apache.spark.util.ThreadUtils

/** Asks for one more offer round after a while: a local backend has no rounds of its own accord.
 *
 * THREADING: safe for all callers.
 */
private[driver] final class RetryTimer(revive: () => Unit) {
  private val timer = ThreadUtils.newDaemonSingleThreadScheduledExecutor("neptune-retry")
  /** When the next round is due; later wishes have to wait for it, and to be uttered again then. */
  private var dueNs: Option[Long] = None

  /** A round is wanted in so many nanoseconds, at the latest. */
  def within(ns: Long): Unit = synchronized {
    val due = System.nanoTime() + math.max(0L, ns)
    if (!timer.isShutdown && dueNs.forall(due - _ < 0)) {
      dueNs = Some(due)
      timer.schedule((() => ring(due)): Runnable, math.max(0L, ns), TimeUnit.NANOSECONDS)
    }
  }

  def stop(): Unit = timer.shutdownNow()

  private def ring(due: Long): Unit = {
    synchronized(if (dueNs.contains(due)) dueNs = None)
    revive()
  }
}
