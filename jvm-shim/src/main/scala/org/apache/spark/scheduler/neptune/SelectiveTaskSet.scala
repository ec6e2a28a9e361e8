package org.apache.spark.scheduler.neptune

import scala.util.Try

import org.apache.spark.neptune.compat.{CpuAmount, OtherResources}
import org.apache.spark.rdd.RDD
import org.apache.spark.scheduler.{
  HealthTracker, TaskDescription, TaskLocality, TaskSchedulerImpl, TaskSet, TaskSetManager}
import org.apache.spark.util.Clock

/** A task set that may leave offers of some executors.
 *
 * @param rdd of its stage, if that is known
 * @param unfit whether no Python task may run on an executor now
 */
private[neptune] class SelectiveTaskSet(
    scheduler: TaskSchedulerImpl, tasks: TaskSet, maxFailures: Int, health: Option[HealthTracker],
    clock: Clock, rdd: Option[RDD[_]], unfit: String => Boolean)
  extends TaskSetManager(scheduler, tasks, maxFailures, health, clock) {

  /** Looked at only where an executor is unfit. */
  lazy val usesPython: Boolean = Try(rdd.exists(PythonStages.usesPython)).getOrElse(true)

  override def resourceOffer(
      executorId: String, host: String, maxLocality: TaskLocality.TaskLocality,
      cpus: CpuAmount.Type,
      resources: OtherResources.Assigned): (Option[TaskDescription], Boolean, Int) =
    if (unfit(executorId) && usesPython) (None, false, -1)
    else super.resourceOffer(executorId, host, maxLocality, cpus, resources)
}
