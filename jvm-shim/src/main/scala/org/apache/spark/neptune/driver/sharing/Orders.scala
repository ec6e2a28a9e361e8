package org.apache.spark.neptune.driver.sharing

import java.util.Properties

import neptune.core.Nanocores
import neptune.order.{FairShares, Feedback, Order}

import org.apache.spark.SparkContext
import org.apache.spark.neptune.driver.priorities.JobProperties
import org.apache.spark.neptune.settings.{LevelOrders, Settings}
import org.apache.spark.scheduler.TaskSetManager
import org.apache.spark.scheduler.neptune.TaskSets
import org.apache.spark.sql.neptune.SqlExecutions

/** Among whom a level shares its cores, and by which order.
 *
 * @param name what it is, and which one: "pool etl"
 */
private[sharing] final case class Claimant(name: String, weight: Double, minNanocores: Long)

private[driver] final class Orders(settings: Settings) {
  import Orders._

  def areAny: Boolean = settings.isSharing

  /** A level's own order, if it shares cores at all. */
  def make(level: Int): Option[Order] = settings.orderOf(level) match {
    case LevelOrders.Fair => Some(new FairShares(settings.quantumNs))
    case LevelOrders.Feedback => Some(new Feedback(settings.quantumNs, settings.bandsNs))
    case _ => None
  }

  /** @param order the name of one */
  def claimantOf(order: String, manager: TaskSetManager): Claimant =
    if (order == LevelOrders.Fair) poolOf(manager)
    else Claimant(workOf(manager.taskSet.properties, manager.taskSet.priority), 1.0, 0L)

  /** FAIR's pools have weights; FIFO has none, but jobs may name pools there, too. */
  private def poolOf(manager: TaskSetManager): Claimant = {
    val pool = TaskSets.poolOf(manager)
    if (pool.name.nonEmpty) {
      Claimant(s"pool ${pool.name}", pool.weight.toDouble, pool.minShare * Nanocores.PerCore)
    } else {
      val name =
        JobProperties.valueOf(manager.taskSet.properties, SparkContext.SPARK_SCHEDULER_POOL)
      Claimant(s"pool ${name.getOrElse("default")}", 1.0, 0L)
    }
  }
}

private object Orders {
  /** Set on the threads of JobScheduler, which runs the batches of DStreams (Spark 3.5 to 4.3). */
  private val batchTime = "spark.streaming.internal.batchTime"

  /** What a job is a part of: a SQL execution, which a batch of a streaming query is, too, with all
   *  that it has begun; or a batch of DStreams; else it is for itself. */
  private def workOf(properties: Properties, jobId: Int): String =
    JobProperties.valueOf(properties, SqlExecutions.RootId)
      .orElse(JobProperties.valueOf(properties, SqlExecutions.Id))
      .map(id => s"SQL execution $id")
      .orElse(JobProperties.valueOf(properties, batchTime).map(time => s"batch $time"))
      .getOrElse(s"job $jobId")
}
