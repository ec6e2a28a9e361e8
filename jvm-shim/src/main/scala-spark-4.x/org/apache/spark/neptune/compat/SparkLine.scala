package org.apache.spark.neptune.compat

import org.apache.spark.SparkConf
import org.apache.spark.internal.config.CPUS_PER_TASK
import org.apache.spark.resource.{ResourceProfile, ResourceProfileManager, ResourceUtils}
import org.apache.spark.scheduler.{TaskDescription, TaskSetManager, WorkerOffer}

/** Where Spark's scheduler tells and is told cores, for Spark 4.x; what a core is, differs between
 *  its lines (CpuAmount).
 */
private[neptune] object SparkLine {
  def freeCores(offer: WorkerOffer): Long = CpuAmount.toNano(offer.cores)
  def withCores(offer: WorkerOffer, cores: Long): WorkerOffer =
    if (cores == freeCores(offer)) offer else offer.copy(cores = CpuAmount.ofNano(cores))
  def taskCores(task: TaskDescription): Long = CpuAmount.toNano(task.cpus)

  /** What each task of the set needs: its resource profile says, or spark.task.cpus. */
  def taskCores(manager: TaskSetManager, profiles: ResourceProfileManager): Long = {
    val profile = profiles.resourceProfileFromId(manager.taskSet.resourceProfileId)
    CpuAmount.toNano(ResourceProfile.getTaskCpusOrDefaultForProfile(profile, manager.env.conf))
  }

  /** What SparkContext.createTaskScheduler checks of a local master. */
  def checkCores(conf: SparkConf, executorCores: Int): Unit =
    ResourceUtils.validateTaskCpusLargeEnough(conf, executorCores, conf.get(CPUS_PER_TASK))
}
