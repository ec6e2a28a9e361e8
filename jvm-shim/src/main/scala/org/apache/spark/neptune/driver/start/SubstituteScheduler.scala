package org.apache.spark.neptune.driver.start

import org.apache.spark.{SparkContext, SparkException}
import org.apache.spark.neptune.compat.Reflected
import org.apache.spark.neptune.driver.scheduler.NeptuneTaskScheduler
import org.apache.spark.scheduler.{
  ExternalClusterManager, SchedulerBackend, TaskScheduler, TaskSchedulerImpl}

/** Neptune's scheduler in the place of one that another cluster manager has made.
 *
 * It leaves to that one what YARN's do otherwise than TaskSchedulerImpl (YarnScheduler and
 * YarnClusterScheduler, Spark 3.5 to 4.3): which rack a host is in, and what is due once the
 * context is up. So it needs nothing of YARN's to be compiled.
 *
 * @param theirs stopped: it schedules nothing
 */
private[driver] final class SubstituteScheduler private (
    sc: SparkContext, theirs: TaskSchedulerImpl, isLocal: Boolean)
  extends NeptuneTaskScheduler(
    sc, theirs.maxTaskFailures, isLocal, askedCores = MasterUrl.coresOf(Managed, sc.conf)) {

  override def initialize(backend: SchedulerBackend): Unit = {
    // Which it waits for.
    theirs.backend = backend
    super.initialize(backend)
  }

  // Theirs first: on YARN, executors may not come before that, which ours waits for.
  override def postStartHook(): Unit = {
    theirs.postStartHook()
    super.postStartHook()
  }

  override def getRacksForHosts(hosts: Seq[String]): Seq[Option[String]] =
    theirs.getRacksForHosts(hosts)
}

private[driver] object SubstituteScheduler {
  /** Those that do nothing else of their own than what is left to them; a Spark without YARN has
   *  the first alone. */
  private val known = Set(
    "org.apache.spark.scheduler.TaskSchedulerImpl",
    "org.apache.spark.scheduler.cluster.YarnScheduler",
    "org.apache.spark.scheduler.cluster.YarnClusterScheduler")
  private val isLocal = Reflected.field(classOf[TaskSchedulerImpl], "isLocal")

  /** @throws SparkException where the manager's scheduler does what Neptune's would not */
  def of(sc: SparkContext, manager: ExternalClusterManager): TaskScheduler =
    manager.createTaskScheduler(sc, sc.master) match {
      case theirs: TaskSchedulerImpl if known(theirs.getClass.getName) =>
        // It has no backend yet, which would be stopped, too.
        theirs.stop()
        new SubstituteScheduler(sc, theirs, isLocal.getBoolean(theirs))
      case theirs =>
        throw new SparkException(
          s"spark.master is '${sc.master}', whose cluster manager ${manager.getClass.getName} " +
            s"has a scheduler of its own, ${theirs.getClass.getName}, which Neptune's can't " +
            "replace; remove org.apache.spark.neptune.NeptunePlugin from spark.plugins.")
    }
}
