package org.apache.spark.scheduler.neptune

import scala.collection.mutable

import org.apache.spark.SparkContext
import org.apache.spark.resource.{
  ExecutorResourceRequest, ResourceProfile, ResourceProfileManager, TaskResourceProfile,
  TaskResourceRequest}
import org.apache.spark.scheduler.{ExcludedExecutor, TaskSchedulerImpl}

/** Brings Spark's tables into a state that they have on a real cluster only. */
object Rigging {
  /** Tells of a new kind of executors; Spark allows more than one on some cluster managers only. */
  def profile(sc: SparkContext, executorCores: Int): Int = known(sc, new ResourceProfile(
    Map("cores" -> new ExecutorResourceRequest("cores", executorCores)), Map.empty))

  /** Tasks that need so much of each resource, on the executors that there are. */
  def taskProfile(sc: SparkContext, needs: (String, Double)*): Int =
    known(sc, new TaskResourceProfile(needs.map { case (name, amount) =>
      name -> new TaskResourceRequest(name, amount)
    }.toMap))

  private def known(sc: SparkContext, profile: ResourceProfile): Int = {
    val table = classOf[ResourceProfileManager].getDeclaredFields
      .find(_.getName.endsWith("resourceProfileIdToResourceProfile")).get
    table.setAccessible(true)
    table.get(sc.resourceProfileManager)
      .asInstanceOf[mutable.Map[Int, ResourceProfile]](profile.id) = profile
    profile.id
  }

  /** As if too many tasks had failed on these executors. */
  def exclude(scheduler: TaskSchedulerImpl, executors: Seq[(String, String)]): Unit =
    executors.foreach { case (id, host) =>
      scheduler.healthTrackerOpt.get.executorIdToExcludedStatus(id) =
        ExcludedExecutor(host, Long.MaxValue)
    }
}
