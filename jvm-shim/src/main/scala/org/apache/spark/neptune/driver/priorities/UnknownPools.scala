package org.apache.spark.neptune.driver.priorities

import scala.jdk.CollectionConverters._

import org.apache.spark.SparkConf
import org.apache.spark.internal.Logging
import org.apache.spark.neptune.settings.NearNames
import org.apache.spark.scheduler.{Pool, SchedulingMode}

/** Pools that have a priority or a limit, and that Spark's FAIR scheduler has not got: misspelt,
 *  most likely.
 */
private[driver] object UnknownPools extends Logging {
  /** The pools that there are, if a file that the application names is to define them. */
  def defined(root: Pool, conf: SparkConf): Option[Seq[String]] =
    if (conf.contains("spark.scheduler.allocation.file")) known(root) else None

  private def known(root: Pool): Option[Seq[String]] = {
    val pools = root.schedulableQueue.asScala.toList.map(_.name)
    if (root.schedulingMode == SchedulingMode.FAIR && pools.size > 1) Some(pools) else None
  }

  /** Where the pools were given to Spark in a file (`spark.scheduler.allocation.file`). Else there
   *  is but the default one, and each comes into being with its first job.
   *
   * @param keys the settings that are for pools, by the pool's name
   */
  def warn(root: Pool, keys: Map[String, Seq[String]]): Unit = {
    for (pools <- known(root)) {
      for ((name, those) <- keys.toList.sortBy(_._1) if !pools.contains(name); key <- those) {
        logWarning(s"Neptune: $key names a pool that spark.scheduler.allocation.file does " +
          s"not define (it has: ${NearNames.listed(name, pools)}); jobs in such a pool have what " +
          "this sets, and otherwise what Spark gives to an unknown pool. Correct the name, or " +
          "define the pool.")
      }
    }
  }
}
