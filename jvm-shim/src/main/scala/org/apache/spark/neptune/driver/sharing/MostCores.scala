package org.apache.spark.neptune.driver.sharing

import java.util.concurrent.TimeUnit

import neptune.core.Nanocores
import neptune.time.Clock

import org.apache.spark.SparkConf

/** The most cores that an application has: what all executors have had together, for one that is
 *  lost is likely to be replaced; and while it starts, what it has asked for, if that is more.
 *
 * THREADING: under the scheduler's lock.
 *
 * @param askedNanocores 0 if nothing says how many
 * @param startsForNs how long its executors are waited for
 */
private[driver] final class MostCores(askedNanocores: Long, startsForNs: Long, clock: Clock) {
  private val startedNs = clock.nanoTime()
  private var hadNanocores = 0L

  /** All executors have so many together now. */
  def sees(totalNanocores: Long): Unit = hadNanocores = math.max(hadNanocores, totalNanocores)

  /** What there has been so far. */
  def had: Long = hadNanocores

  /** It becomes less once: when no more executors are waited for. */
  def nanocores: Long =
    if (clock.nanoTime() - startedNs >= startsForNs) hadNanocores
    else math.max(askedNanocores, hadNanocores)
}

private[driver] object MostCores {
  private val check = "spark.scheduler.barrier.maxConcurrentTasksCheck"

  /** It waits as long as Spark waits for the slots of a barrier stage (DAGScheduler's
   *  checkBarrierStageWithNumSlots, Spark 3.5 to 4.3).
   *
   * @param askedCores how many cores the application has asked for; 0 if nothing says how many
   * @param isLocal whether the driver is the executor, which first offers its cores with a first
   *                job
   */
  def of(conf: SparkConf, askedCores: Int, isLocal: Boolean, clock: Clock): MostCores = {
    val startsForS =
      conf.getTimeAsSeconds(s"$check.interval", "15s") * conf.getInt(s"$check.maxFailures", 40)
    new MostCores(
      askedCores * Nanocores.PerCore,
      if (isLocal) Long.MaxValue else TimeUnit.SECONDS.toNanos(startsForS), clock)
  }
}
