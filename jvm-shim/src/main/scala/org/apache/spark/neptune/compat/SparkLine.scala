package org.apache.spark.neptune.compat

import org.apache.spark.SparkConf
import org.apache.spark.internal.config.CPUS_PER_TASK
import org.apache.spark.resource.{ResourceProfile, ResourceProfileManager, ResourceUtils}
import org.apache.spark.scheduler.{TaskDescription, TaskSetManager, WorkerOffer}

/** What Spark tells and is told of cores. What a core is, differs between its lines
 *  ([[CpuAmount]]). */
private[neptune] object SparkLine {
  def freeNanocores(offer: WorkerOffer): Long = CpuAmount.toNanocores(offer.cores)
  def withNanocores(offer: WorkerOffer, nanocores: Long): WorkerOffer =
    if (nanocores == freeNanocores(offer)) offer
    else offer.copy(cores = CpuAmount.ofNanocores(nanocores))
  def taskNanocores(task: TaskDescription): Long = CpuAmount.toNanocores(task.cpus)

  /** What each task of the set needs: its resource profile says, or spark.task.cpus. */
  def taskNanocores(manager: TaskSetManager, profiles: ResourceProfileManager): Long =
    taskNanocores(manager.taskSet.resourceProfileId, profiles, manager.env.conf)

  /** What each task needs that is for a resource profile. */
  def taskNanocores(profileId: Int, profiles: ResourceProfileManager, conf: SparkConf): Long =
    CpuAmount.toNanocores(ResourceProfile.getTaskCpusOrDefaultForProfile(
      profiles.resourceProfileFromId(profileId), conf))

  /** What SparkContext.createTaskScheduler checks of a local master. */
  def checkCores(conf: SparkConf, executorCores: Int): Unit =
    ResourceUtils.validateTaskCpusLargeEnough(conf, executorCores, conf.get(CPUS_PER_TASK))
}
