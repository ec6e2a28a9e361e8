package org.apache.spark.neptune.compat

import java.util.Properties

import neptune.core.Cores

import org.apache.spark.SparkConf
import org.apache.spark.internal.config.CPUS_PER_TASK
import org.apache.spark.resource.{ResourceProfile, ResourceProfileManager, ResourceUtils}
import org.apache.spark.scheduler.{
  Task, TaskDescription, TaskSet, TaskSetManager, WorkerOffer}

/** What differs between Spark lines, for Spark 4.3: cores may be fractions. */
private[neptune] object SparkLine {
  def freeCores(offer: WorkerOffer): Long = toNano(offer.cores)
  def withCores(offer: WorkerOffer, cores: Long): WorkerOffer =
    if (cores == freeCores(offer)) offer
    else offer.copy(cores = BigDecimal(java.math.BigDecimal.valueOf(cores, Cores.decimals)))
  def taskCores(task: TaskDescription): Long = toNano(task.cpus)

  /** What each task of the set needs: its resource profile says, or spark.task.cpus. */
  def taskCores(manager: TaskSetManager, profiles: ResourceProfileManager): Long = {
    val profile = profiles.resourceProfileFromId(manager.taskSet.resourceProfileId)
    toNano(ResourceProfile.getTaskCpusOrDefaultForProfile(profile, manager.env.conf))
  }

  /** What SparkContext.createTaskScheduler checks of a local master. */
  def checkCores(conf: SparkConf, executorCores: Int): Unit =
    ResourceUtils.validateTaskCpusLargeEnough(conf, executorCores, conf.get(CPUS_PER_TASK))

  /** Whole cores, which nearly all are, without arithmetic: each offer of a round comes here. */
  private def toNano(cores: BigDecimal): Long = {
    val exact = cores.bigDecimal
    if (exact.scale == 0) exact.longValue * Cores.one
    else exact.scaleByPowerOfTen(Cores.decimals).longValue
  }
}

/** A task set with the priority of its stage, which changes with the jobs that wait for it.
 *
 * THREADING: the priority is guarded by the scheduler's lock.
 */
private[neptune] final class PrioritizedTaskSet(
    original: TaskSet, tasks: Array[Task[_]], properties: Properties, var level: Int)
  extends TaskSet(
    tasks, original.stageId, original.stageAttemptId, original.priority, properties,
    original.resourceProfileId, original.shuffleId, original.isPipelined)
