package org.apache.spark.neptune.driver.priorities

import scala.jdk.CollectionConverters._

import org.apache.spark.internal.Logging
import org.apache.spark.scheduler.{Pool, SchedulingMode}

/** Pools that have a priority, and that Spark's FAIR scheduler has not got: misspelt, most likely.
 */
private[driver] object UnknownPools extends Logging {
  /** Where the pools were given to Spark in a file (`spark.scheduler.allocation.file`). Else there
   *  is but the default one, and each comes into being with its first job.
   *
   * @param named the pools that have a priority
   */
  def warn(root: Pool, named: Iterable[String]): Unit = {
    val pools = root.schedulableQueue.asScala.toList.map(_.name)
    if (root.schedulingMode == SchedulingMode.FAIR && pools.size > 1) {
      named.toList.sorted.filterNot(pools.contains).foreach { name =>
        logWarning(s"Neptune: spark.neptune.pool.$name.priority names a pool that " +
          "spark.scheduler.allocation.file does not define (it has: " +
          s"${pools.sorted.mkString(", ")}); jobs in such a pool have this priority, and " +
          "otherwise what Spark gives to an unknown pool. Correct the name, or define the pool.")
      }
    }
  }
}
