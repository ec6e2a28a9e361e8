package org.apache.spark.neptune.driver.preemption

import neptune.core.{CoreLedger, TaskEntry}
import neptune.life.TaskState

import org.apache.spark.neptune.driver.executors.Eligibility
import org.apache.spark.neptune.driver.priorities.PriorityPool
import org.apache.spark.scheduler.TaskSetManager
import org.apache.spark.scheduler.neptune.TaskSets

/** Lower tasks that hold what higher pending ones lack beside cores, a GPU say, which a suspended
 *  task keeps: they are resumed, on a core too many if need be, and are no victims, until they end.
 *  So are tasks over a limit, for anybody who may start: a limit may last for ever.
 *
 * THREADING: under the scheduler's lock.
 */
private[driver] final class ResourceHolders(
    ledger: CoreLedger, eligibility: Eligibility, resume: Long => Unit) {

  /** The tasks whose ends are waited for, as of the last look. */
  private var wanted = Set.empty[Long]

  def isWanted(taskId: Long): Boolean = wanted.contains(taskId)

  /** @param managers task sets, the highest priority first */
  def look(managers: Seq[TaskSetManager]): Unit = {
    wanted = Set.empty
    managers.filter(m => eligibility.needsOf(m).nonEmpty && TaskSets.hasPending(m))
      .foreach { manager =>
        val missing = TaskSets.countPending(manager) - eligibility.slotsFor(manager)
        if (missing > 0) lookFor(manager, missing)
      }
  }

  private def lookFor(manager: TaskSetManager, missing: Int): Unit = {
    val (priority, needs) = (PriorityPool.priorityOf(manager), eligibility.needsOf(manager))
    // Not for those that the same limit keeps from starting.
    val mayStart = TaskSets.capOf(manager).allows
    def yields(entry: TaskEntry): Boolean =
      entry.task.priority < priority || entry.task.rank.isHeld && mayStart
    val holders = ledger.tasks.filter(entry => yields(entry) && !entry.isManual &&
      entry.task.resources.exists(needs.contains) && !isWanted(entry.task.taskId) &&
      eligibility.isOfItsKind(manager, entry.task.executorId))
    val (running, others) = holders.partition(_.isRunning)
    (running ++ others).take(missing).foreach { entry =>
      wanted += entry.task.taskId
      if (entry.state == TaskState.Suspended) resume(entry.task.taskId)
    }
  }
}
