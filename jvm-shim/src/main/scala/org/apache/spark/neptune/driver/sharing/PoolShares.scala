package org.apache.spark.neptune.driver.sharing

import scala.jdk.CollectionConverters._

import neptune.core.Nanocores

import org.apache.spark.SparkException
import org.apache.spark.neptune.driver.priorities.ToldOnce
import org.apache.spark.scheduler.{Pool, Schedulable}

/** What pools get from spark.scheduler.allocation.file. Spark takes any integer for a weight and a
 *  minShare (FairSchedulableBuilder.getIntValue, Spark 3.5 to 4.3).
 *
 * THREADING: under the scheduler's lock.
 */
private[sharing] final class PoolShares {
  private val once = new ToldOnce

  /** A pool is assured of so many cores, of all that there are now. How many there will be, nobody
   *  knows when the application starts.
   */
  def look(name: String, minNanocores: Long, allNanocores: => Long): Unit = if (minNanocores > 0) {
    once.tell(PoolShares.shortage(name, minNanocores, allNanocores), name)
  }
}

private[driver] object PoolShares {
  /** Looks at all pools, when Spark has read the file.
   *
   * @throws SparkException for what cores can't be shared by
   */
  def check(root: Pool): Unit = root.schedulableQueue.asScala.toList
    .flatMap(problemOf).headOption.foreach(problem => throw new SparkException(problem))

  private def problemOf(pool: Schedulable): Option[String] = {
    def wrong(what: String, value: Int, remedy: String): String =
      s"The pool ${pool.name} of spark.scheduler.allocation.file has the $what $value, by which " +
        s"spark.neptune.order=fair can't share cores: set it to $remedy."
    if (pool.weight <= 0) Some(wrong("weight", pool.weight, "a positive integer"))
    else if (pool.minShare < 0) {
      Some(wrong("minShare", pool.minShare, "0 or a positive integer"))
    } else None
  }

  /** What is to be said of a pool that is assured of more cores than there are. */
  def shortage(name: String, minNanocores: Long, allNanocores: Long): Option[String] =
    if (allNanocores > 0 && minNanocores > allNanocores) {
      val (least, all) = (minNanocores / Nanocores.PerCore, Nanocores.toCores(allNanocores))
      Some(s"the $name has a minShare of $least in spark.scheduler.allocation.file, but all " +
        s"executors together have $all cores now: while it has enough work, it gets all of them, " +
        "and pools without a minShare get none; lower it, unless more executors will join.")
    } else None
}
