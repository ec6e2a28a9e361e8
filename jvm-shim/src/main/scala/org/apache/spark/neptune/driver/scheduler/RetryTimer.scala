package org.apache.spark.neptune.driver.scheduler

import neptune.time.{Clock, Scheduled, Timer}

/** Asks for one more offer round after a while: a local backend has no rounds of its own accord.
 *
 * THREADING: safe for all callers.
 */
private[driver] final class RetryTimer(revive: () => Unit, timer: Timer, clock: Clock) {
  /** When the next round is due; later requests have to wait for it, and to be made again then. */
  private var dueNs: Option[Long] = None
  /** The timer of that round: there is one at a time, or they would pile up. */
  private var scheduled: Option[Scheduled] = None

  /** A round is wanted in so many nanoseconds, at the latest. */
  def within(ns: Long): Unit = synchronized {
    val due = clock.nanoTime() + math.max(0L, ns)
    if (dueNs.forall(due - _ < 0)) {
      dueNs = Some(due)
      scheduled.foreach(_.cancel())
      scheduled = Some(timer.afterNs(math.max(0L, ns))(ring(due)))
    }
  }

  def stop(): Unit = timer.stop()

  private def ring(due: Long): Unit = {
    synchronized(if (dueNs.contains(due)) dueNs = None)
    revive()
  }
}
