package org.apache.spark.neptune.driver.preemption

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
 * @param areShared whether tasks of real-time queries share their cores with others
 */
private[driver] final class PipelinedGroups(
    taskSets: () => Seq[TaskSetManager], areShared: Boolean) {

  /** Whether its tasks run on cores which others use, too, so that nobody is suspended for them. */
  def sharesCores(manager: TaskSetManager): Boolean = areShared && TaskSets.isRealTime(manager)

  /** How many tasks start when those of this set do, if they are to start together. */
  def sizeOf(manager: TaskSetManager): Option[Int] =
    if (TaskSets.isBarrier(manager)) Some(manager.numTasks)
    else if (TaskSets.isPipelined(manager) && !TaskSets.hasGroupStarted(manager)) {
      Some(TaskSets.groupSize(manager))
    } else None

  /** Whether its tasks start together, or have. */
  def startsTogether(manager: TaskSetManager): Boolean =
    TaskSets.isBarrier(manager) || TaskSets.isPipelined(manager)

  /** Whether this set stands for its group, so that the group is counted once. */
  def isFirst(manager: TaskSetManager): Boolean =
    !TaskSets.isPipelined(manager) ||
      membersOf(manager).forall(manager.stageId <= _.stageId)

  /** The task sets by what is offered cores at once: each group, then other sets that share their
   *  cores, then all others. */
  def parties(managers: Seq[TaskSetManager]): Seq[Seq[TaskSetManager]] =
    if (!managers.exists(m => TaskSets.isPipelined(m) || sharesCores(m))) Seq(managers)
    else someParties(managers)

  private def someParties(managers: Seq[TaskSetManager]): Seq[Seq[TaskSetManager]] = {
    val (pipelined, single) = managers.partition(TaskSets.isPipelined)
    val (sharing, others) = single.partition(sharesCores)
    // Of a group that has started, only some may have tasks to launch yet, not the first.
    pipelined.map(membersOf).distinct.filter(_.exists(TaskSets.hasPending)) ++
      Seq(sharing).filter(_.nonEmpty) :+ others
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
   * Others share their cores with a group, or are suspended for it, or the group waits for their
   * ends. A real-time query's tasks keep theirs for so long that a group that waits would be of no
   * use.
   *
   * @param areMoved whether tasks are suspended or killed for others at all
   */
  def tasksInTheWay(profileId: Int, except: Set[Int], areMoved: Boolean): Int =
    taskSets().iterator
      .filter(m => m.taskSet.resourceProfileId == profileId && !except(m.stageId))
      .filter(m => TaskSets.isRealTime(m) || !areShared && (!areMoved || TaskSets.isBarrier(m)))
      .map(TaskSets.countUnfinished).sum

  private def membersOf(manager: TaskSetManager): Seq[TaskSetManager] =
    taskSets().filter { other =>
      TaskSets.countUnfinished(other) > 0 && TaskSets.isPipelined(other) &&
        other.taskSet.priority == manager.taskSet.priority
    }
}
