package org.apache.spark.scheduler.neptune

import org.apache.spark.SparkContext
import org.apache.spark.scheduler.{TaskSchedulerImpl, TaskSet}
import org.apache.spark.util.Clock

/** Stages that run at the same time, one on what another is just writing: Spark has none up to
 *  4.2. */
private[spark] object PipelinedStages {
  def isPipelined(taskSet: TaskSet): Boolean = false
}

/** A TaskSchedulerImpl that says what pipelined stages find taken, where there are such stages. */
private[spark] abstract class AdmittingScheduler(
    sc: SparkContext, maxTaskFailures: Int, isLocal: Boolean, clock: Clock)
  extends TaskSchedulerImpl(sc, maxTaskFailures, isLocal, clock) {

  /** How many unfinished tasks of a resource profile keep a core from a group of pipelined stages,
   *  whatever becomes of them; under this scheduler's lock.
   *
   * @param except stages whose tasks don't count
   */
  protected def tasksInTheWay(resourceProfileId: Int, except: Set[Int]): Int
}
