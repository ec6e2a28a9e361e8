package org.apache.spark.neptune.driver.scheduler

import neptune.core.{Account, CoreLedger, LaunchedTask, Nanocores, Rank}
import neptune.time.Clock

import org.apache.spark.neptune.compat.SparkLine
import org.apache.spark.neptune.driver.priorities.PriorityPool
import org.apache.spark.neptune.driver.report.{FailureLog, Levels}
import org.apache.spark.scheduler.{TaskDescription, TaskSchedulerImpl, TaskSetManager}
import org.apache.spark.scheduler.neptune.{MessageLimit, TaskSets}

/** Books what Spark has launched.
 *
 * THREADING: under the scheduler's lock.
 *
 * @param sharing the rank of a set's task that was launched just now, and where its cores are
 *                booked
 */
private[driver] final class Booking(
    scheduler: TaskSchedulerImpl, ledger: CoreLedger, levels: Levels, messageLimit: MessageLimit,
    failures: FailureLog, sharesCores: TaskSetManager => Boolean,
    sharing: TaskSetManager => (Rank, Seq[Account]), clock: Clock) {

  /** The lowest priority of what was booked last. */
  private var lowest = Int.MaxValue

  def book(launched: Seq[Seq[TaskDescription]]): Unit = {
    lowest = Int.MaxValue
    launched.foreach(_.foreach(task => failures.guard("booking a task")(book(task))))
  }

  private def book(task: TaskDescription): Unit =
    TaskSets.find(scheduler, task.taskId).foreach { case (manager, info) =>
      val priority = PriorityPool.priorityOf(manager)
      lowest = math.min(lowest, priority)
      if (!messageLimit.exceeds(task)) {
        val first = manager.taskSet.tasks.head
        val (rank, accounts) = sharing(manager)
        ledger.launched(LaunchedTask(
          task.taskId, task.executorId, SparkLine.taskNanocores(task), priority,
          suspendable = !first.isBarrier && !TaskSets.isRealTime(manager), manager.stageId,
          first.jobId.getOrElse(-1), info.taskLocality.toString, clock.nanoTime(),
          task.resources.keySet, sharesCores(manager), rank, accounts))
        levels.launched(manager)
      }
    }

  /** What tasks of lower priorities have got of a round for all, which was booked last: a core that
   *  is free because its task was killed is refused no less if another of them takes it at once. */
  def takenBelow(launched: Seq[Seq[TaskDescription]])(priority: Int): Map[String, Long] =
    // Mostly the highest have got all there was.
    if (lowest >= priority) Map.empty
    else {
      Nanocores.byExecutor(launched.iterator.flatten
        .filter { task =>
          PriorityPool.priorityOf(TaskSets.managerOf(scheduler, task.taskId)) < priority
        }
        .map(task => task.executorId -> SparkLine.taskNanocores(task)))
    }
}
