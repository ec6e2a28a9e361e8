package org.apache.spark.neptune.driver.allocation

import scala.collection.mutable

import org.apache.spark.scheduler.TaskSetManager
import org.apache.spark.scheduler.neptune.TaskSets

/** The tasks that were killed, and run again unless their job is over. Spark's allocation of
 *  executors takes a killed task for one whose copy has succeeded, and does not count it until it
 *  has a core (ExecutorAllocationListener.onTaskEnd, Spark 3.5 to 4.3).
 *
 * THREADING: under the scheduler's lock.
 */
private[driver] final class KilledTasks {
  private val killed = mutable.LongMap.empty[TaskSetManager]

  /** @param manager the task's set, while it has the task */
  def killed(taskId: Long, manager: TaskSetManager): Unit = killed(taskId) = manager

  /** How many of them wait for a core, by resource profile. */
  def waiting(): Map[Int, Int] = {
    killed --= killed.iterator.filterNot { case (id, in) => TaskSets.isToRunAgain(in, id) }
      .map(_._1).toList
    killed.iterator.filter { case (id, in) => TaskSets.isWaitingAgain(in, id) }
      .toList.groupBy(_._2.taskSet.resourceProfileId)
      .map { case (profile, tasks) => profile -> tasks.size }
  }

  def isEmpty: Boolean = killed.isEmpty
}
