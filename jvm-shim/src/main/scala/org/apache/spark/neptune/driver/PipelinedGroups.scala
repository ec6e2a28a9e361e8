package org.apache.spark.neptune.driver

import org.apache.spark.scheduler.TaskSetManager
import org.apache.spark.scheduler.neptune.TaskSets

/** What starts as a whole or not at all: barrier stages, and groups of pipelined stages (Spark
 *  4.3), which are all stages of a job.
 *
 * Spark offers each stage of a group cores by itself. Half of a group would hold cores and wait for
 * the other half, which may wait for those that half of another group holds. So a group is shown
 * to Spark's round only once there are cores for all its tasks.
 *
 * THREADING: under the scheduler's lock.
 *
 * @param taskSets those that are not over
 */
private[driver] final class PipelinedGroups(taskSets: () => Seq[TaskSetManager]) {

  /** How many tasks start when those of this set do, if they are to start together. */
  def sizeOf(manager: TaskSetManager): Option[Int] =
    if (TaskSets.isBarrier(manager)) Some(manager.numTasks)
    else if (TaskSets.isPipelined(manager) && !TaskSets.hasGroupStarted(manager)) {
      Some(TaskSets.groupSize(manager))
    } else None

  /** Whether this set stands for its group, so that the group is counted once. */
  def isFirst(manager: TaskSetManager): Boolean =
    !TaskSets.isPipelined(manager) ||
      membersOf(manager).forall(manager.stageId <= _.stageId)

  /** The task sets by what is offered cores at once: each group, then all others. */
  def parties(managers: Seq[TaskSetManager]): Seq[Seq[TaskSetManager]] = {
    val (pipelined, others) = managers.partition(TaskSets.isPipelined)
    pipelined.filter(isFirst).map(membersOf).filter(_.exists(TaskSets.hasPending)) :+ others
  }

  /** Whether a party's tasks may be offered cores.
   *
   * @param slots how many tasks could start, each with a core of its own
   */
  def mayStart(party: Seq[TaskSetManager], slots: TaskSetManager => Long): Boolean =
    party.headOption.filter(TaskSets.isPipelined).flatMap(sizeOf).forall { size =>
      // DAGScheduler submits the stages of a group one by one.
      val may = party.map(_.numTasks).sum >= size && slots(party.head) >= size
      if (may) party.foreach(TaskSets.startGroup)
      may
    }

  /** How many unfinished tasks keep their cores, whoever needs them.
   *
   * Others are suspended for a group, or the group waits for their ends. A real-time query's tasks
   * keep theirs for so long that a group that waits would be of no use.
   *
   * @param areMoved whether tasks are suspended or killed for others at all
   */
  def tasksInTheWay(profileId: Int, except: Set[Int], areMoved: Boolean): Int =
    taskSets().iterator
      .filter(m => m.taskSet.resourceProfileId == profileId && !except(m.stageId))
      .filter(m => !areMoved || TaskSets.isBarrier(m) || TaskSets.isRealTime(m))
      .map(TaskSets.countUnfinished).sum

  private def membersOf(manager: TaskSetManager): Seq[TaskSetManager] =
    taskSets().filter { other =>
      TaskSets.countUnfinished(other) > 0 && TaskSets.isPipelined(other) &&
        other.taskSet.priority == manager.taskSet.priority
    }
}
