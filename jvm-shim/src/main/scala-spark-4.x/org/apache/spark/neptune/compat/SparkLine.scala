package org.apache.spark.neptune.compat

import org.apache.spark.{SparkConf, SparkThrowable}
import org.apache.spark.internal.config.CPUS_PER_TASK
import org.apache.spark.resource.{ResourceProfile, ResourceProfileManager, ResourceUtils}
import org.apache.spark.scheduler.{
  ExecutorResourcesAmounts, TaskDescription, TaskSetManager, WorkerOffer}

/** What Spark 4.x tells and is told of cores, other resources and errors. What a core is, differs
 *  between its lines (CpuAmount).
 */
private[neptune] object SparkLine {
  def freeNanocores(offer: WorkerOffer): Long = CpuAmount.toNanocores(offer.cores)
  def withNanocores(offer: WorkerOffer, nanocores: Long): WorkerOffer =
    if (nanocores == freeNanocores(offer)) offer
    else offer.copy(cores = CpuAmount.ofNanocores(nanocores))
  def taskNanocores(task: TaskDescription): Long = CpuAmount.toNanocores(task.cpus)

  /** What each task of the set needs: its resource profile says, or spark.task.cpus. */
  def taskNanocores(manager: TaskSetManager, profiles: ResourceProfileManager): Long = {
    val profile = profiles.resourceProfileFromId(manager.taskSet.resourceProfileId)
    CpuAmount.toNanocores(ResourceProfile.getTaskCpusOrDefaultForProfile(profile, manager.env.conf))
  }

  /** What SparkContext.createTaskScheduler checks of a local master. */
  def checkCores(conf: SparkConf, executorCores: Int): Unit =
    ResourceUtils.validateTaskCpusLargeEnough(conf, executorCores, conf.get(CPUS_PER_TASK))

  /** What an executor has left of resources other than cores; Spark's rounds take from it what they
   *  give. */
  type Resources = ExecutorResourcesAmounts
  def noResources: Resources = ExecutorResourcesAmounts.empty

  /** How much is left of each address of each resource, 0 to 1. */
  def shares(resources: Resources): Map[String, Map[String, Double]] =
    resources.availableResources

  /** The name of an error, which its message has in brackets. */
  def conditionOf(error: SparkThrowable): String = error.getCondition
}
