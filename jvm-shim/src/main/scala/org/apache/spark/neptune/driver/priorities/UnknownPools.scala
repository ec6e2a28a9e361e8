package org.apache.spark.neptune.driver.priorities

import scala.jdk.CollectionConverters._

import org.apache.spark.SparkConf
import org.apache.spark.internal.Logging
import org.apache.spark.scheduler.{Pool, SchedulingMode}

/** Pools that have a priority, and that Spark's FAIR scheduler has not got: misspelt, most likely.
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
   * @param named the pools that have a priority
   */
  def warn(root: Pool, named: Iterable[String]): Unit = {
    for (pools <- known(root)) {
      named.toList.sorted.filterNot(pools.contains).foreach { name =>
        logWarning(s"Neptune: spark.neptune.pool.$name.priority names a pool that " +
          "spark.scheduler.allocation.file does not define (it has: " +
          s"${pools.sorted.mkString(", ")}); jobs in such a pool have this priority, and " +
          "otherwise what Spark gives to an unknown pool. Correct the name, or define the pool.")
      }
    }
  }
}
