package org.apache.spark.neptune.driver.start

import org.apache.spark.{SparkContext, SparkException}
import org.apache.spark.deploy.LocalSparkCluster
import org.apache.spark.internal.config.{SHUFFLE_HOST_LOCAL_DISK_READING_ENABLED, TASK_MAX_FAILURES}
import org.apache.spark.neptune.compat.SparkLine
import org.apache.spark.neptune.driver.scheduler.NeptuneTaskScheduler
import org.apache.spark.resource.ResourceUtils
import org.apache.spark.scheduler.{
  ExternalClusterManager, SchedulerBackend, TaskScheduler, TaskSchedulerImpl}
import org.apache.spark.scheduler.cluster.StandaloneSchedulerBackend
import org.apache.spark.scheduler.local.LocalSchedulerBackend

/** Makes Neptune's scheduler over the backend that the user's master asks for.
 *
 * Found by ServiceLoader; Spark makes a new one for each SparkContext. It repeats what
 * SparkContext.createTaskScheduler (Spark 3.5 to 4.3) does for each form of master, with our
 * scheduler in place of TaskSchedulerImpl.
 */
private[spark] final class NeptuneClusterManager extends ExternalClusterManager {
  /** The one that makes the backend of a `Managed` master, from `createTaskScheduler` on: it may
   *  keep things from one call to the next. */
  private var theirs = Option.empty[ExternalClusterManager]

  override def canCreate(masterURL: String): Boolean = masterURL == MasterUrl.hidden

  override def createTaskScheduler(sc: SparkContext, masterURL: String): TaskScheduler = {
    MasterStandIn.takeBack(sc.conf)
    val url = master(sc)
    def scheduler(maxFailures: Int, isLocal: Boolean): TaskScheduler = new NeptuneTaskScheduler(
      sc, maxFailures, isLocal, askedCores = MasterUrl.coresOf(url, sc.conf))
    url match {
      case Local(threads, maxFailures) =>
        if (threads <= 0) {
          throw new SparkException(s"Asked to run locally with $threads threads")
        }
        checkResourcesPerTask(sc, threads)
        scheduler(maxFailures, isLocal = true)
      case _: Standalone => scheduler(sc.conf.get(TASK_MAX_FAILURES), isLocal = false)
      case LocalCluster(_, cores, memoryMb) =>
        checkResourcesPerTask(sc, cores)
        if (sc.executorMemory > memoryMb) {
          throw new SparkException(s"Asked to launch cluster with $memoryMb MiB/worker but " +
            s"requested ${sc.executorMemory} MiB/executor")
        }
        scheduler(sc.conf.get(TASK_MAX_FAILURES), isLocal = false)
      case Managed =>
        val manager = ClusterManagers.find(sc.master).getOrElse(
          throw new SparkException(s"Could not parse Master URL: '${sc.master}'"))
        theirs = Some(manager)
        SubstituteScheduler.of(sc, manager)
    }
  }

  override def createSchedulerBackend(
      sc: SparkContext, masterURL: String, scheduler: TaskScheduler): SchedulerBackend = {
    val impl = scheduler.asInstanceOf[TaskSchedulerImpl]
    master(sc) match {
      case Local(threads, _) => new LocalSchedulerBackend(sc.getConf, impl, threads)
      case Standalone(urls) => new StandaloneSchedulerBackend(impl, sc, urls)
      case LocalCluster(workers, cores, memoryMb) =>
        sc.conf.setIfMissing(SHUFFLE_HOST_LOCAL_DISK_READING_ENABLED, false)
        val cluster = LocalSparkCluster(workers, cores, memoryMb, sc.conf)
        val backend = new StandaloneSchedulerBackend(impl, sc, cluster.start())
        backend.shutdownCallback = _ => cluster.stop()
        backend
      case Managed => theirs.get.createSchedulerBackend(sc, sc.master, scheduler)
    }
  }

  override def initialize(scheduler: TaskScheduler, backend: SchedulerBackend): Unit =
    theirs.fold(scheduler.asInstanceOf[TaskSchedulerImpl].initialize(backend))(
      _.initialize(scheduler, backend))

  /** The user's master; what Spark does not know, another manager may. */
  private def master(sc: SparkContext): MasterUrl = MasterUrl.parse(sc.master).getOrElse(Managed)

  private def checkResourcesPerTask(sc: SparkContext, executorCores: Int): Unit = {
    SparkLine.checkCores(sc.conf, executorCores)
    ResourceUtils.warnOnWastedResources(
      sc.resourceProfileManager.defaultResourceProfile, sc.conf, Some(executorCores))
  }
}
