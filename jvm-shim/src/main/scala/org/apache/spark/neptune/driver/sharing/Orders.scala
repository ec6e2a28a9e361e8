package org.apache.spark.neptune.driver.sharing

import neptune.core.Nanocores
import neptune.order.{FairShares, Feedback, Order}

import org.apache.spark.neptune.driver.priorities.JobLimits
import org.apache.spark.neptune.settings.{LevelOrders, Settings}
import org.apache.spark.scheduler.TaskSetManager
import org.apache.spark.scheduler.neptune.TaskSets

/** Among whom a level shares its cores, and by which order.
 *
 * @param name what it is, and which one: "pool etl"
 */
private[sharing] final case class Claimant(name: String, weight: Double, minNanocores: Long)

/** @param limits tell what a job is a part of */
private[driver] final class Orders(settings: Settings, limits: JobLimits) {
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
    else {
      val taskSet = manager.taskSet
      Claimant(limits.workOf(taskSet.priority, taskSet.properties), 1.0, 0L)
    }

  /** FAIR's pools have weights; FIFO has none, but jobs may name pools there, too. */
  private def poolOf(manager: TaskSetManager): Claimant = {
    val pool = TaskSets.poolOf(manager)
    if (pool.name.nonEmpty) {
      Claimant(s"pool ${pool.name}", pool.weight.toDouble, pool.minShare * Nanocores.PerCore)
    } else {
      Claimant(s"pool ${limits.poolOf(manager.taskSet.properties)}", 1.0, 0L)
    }
  }
}
