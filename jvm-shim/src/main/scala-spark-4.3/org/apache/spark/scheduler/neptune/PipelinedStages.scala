package org.apache.spark.scheduler.neptune

import org.apache.spark.SparkContext
import org.apache.spark.scheduler.{TaskSchedulerImpl, TaskSet}
import org.apache.spark.util.Clock

/** Stages that run at the same time, one on what another is just writing. */
private[spark] object PipelinedStages {
  def isPipelined(taskSet: TaskSet): Boolean = taskSet.isPipelined
}

/** A TaskSchedulerImpl that says what pipelined stages find taken.
 *
 * DAGScheduler refuses a job of pipelined stages, and so ends its query, unless there are slots for
 * all its tasks beside the unfinished ones of all other work, which could be suspended.
 */
private[spark] abstract class AdmittingScheduler(
    sc: SparkContext, maxTaskFailures: Int, isLocal: Boolean, clock: Clock)
  extends TaskSchedulerImpl(sc, maxTaskFailures, isLocal, clock) {

  /** How many unfinished tasks of a resource profile keep a core from a group of pipelined stages,
   *  whatever becomes of them; under this scheduler's lock.
   *
   * @param except stages whose tasks don't count
   */
  protected def tasksInTheWay(resourceProfileId: Int, except: Set[Int]): Int

  override def outstandingTasksForOtherWorkInProfile(
      resourceProfileId: Int, excludeStageIds: Set[Int]): Int =
    synchronized(tasksInTheWay(resourceProfileId, excludeStageIds))
}
