package org.apache.spark.neptune.driver.scheduler

import java.util.concurrent.TimeUnit

import neptune.core.CoreLedger
import neptune.time.Clock

/** Tasks that Spark has no record of any more are over, however that came about.
 *
 * THREADING: under the scheduler's lock.
 *
 * @param isKnown whether Spark has a record of a task
 */
private[driver] final class UnknownTasks(
    ledger: CoreLedger, isKnown: Long => Boolean, ended: Long => Unit, clock: Clock) {

  /** When the ledger was last compared with Spark's own tables. */
  private var comparedNs = clock.nanoTime()

  /** Looks for them once in a while. */
  def forget(): Unit = {
    val now = clock.nanoTime()
    if (now - comparedNs >= UnknownTasks.compareEveryNs) {
      comparedNs = now
      ledger.taskIds.filterNot(isKnown).foreach(ended)
    }
  }
}

private object UnknownTasks {
  private val compareEveryNs: Long = TimeUnit.SECONDS.toNanos(10)
}
