package org.apache.spark.neptune.driver

import java.util.concurrent.TimeUnit

import scala.collection.mutable

import neptune.core._
import neptune.policy.Policy

import org.apache.spark.neptune.compat.SparkLine
import org.apache.spark.resource.ResourceProfileManager
import org.apache.spark.scheduler.TaskSetManager
import org.apache.spark.scheduler.neptune.TaskSets

/** Has victims preempted for pending tasks of higher priorities that lack cores.
 *
 * THREADING: under the scheduler's lock.
 *
 * @param aliveOn the live executors of a host
 * @param profiles the application's resource profiles
 */
private[driver] final class Preemption(
    ledger: CoreLedger,
    policy: Policy,
    preemptor: Preemptor,
    aliveOn: String => Set[String],
    profiles: () => ResourceProfileManager) {

  /** Free cores that a task set left alone, and when: it may be waiting for a better place (delay
   *  scheduling), or be barred from that executor. To suspend tasks there again at once would
   *  only have them suspended and resumed in turn. */
  private val refusals = mutable.WeakHashMap.empty[TaskSetManager, Map[String, Long]]

  def anyPending(managers: Iterable[TaskSetManager]): Boolean =
    managers.exists(TaskSets.pending(_, 1, aliveOn).nonEmpty)

  /** Remembers which executors' usable cores the task sets have just left alone. */
  def noteRefusals(
      executorIds: Seq[String], managers: Seq[TaskSetManager], nowNs: Long): Unit =
    managers.foreach { manager =>
      val priority = PriorityPool.priorityOf(manager)
      val cores = coresPerTask(manager)
      val left = executorIds.filter(ledger.usable(_, priority) >= cores)
      if (left.nonEmpty && anyPending(Seq(manager)) && hasSlots(manager, priority, cores)) {
        refusals(manager) =
          refusals.getOrElse(manager, Map.empty) ++ left.map(_ -> nowNs)
      }
    }

  /** Preempts just enough lower tasks, highest priority first.
   *
   * @param managers task sets, the highest priority first
   * @return whether a task set was passed over because of what it refused, and a later round
   *         should look again
   */
  def forPending(managers: Seq[TaskSetManager], nowNs: Long): Boolean =
    managers.groupBy(PriorityPool.priorityOf).toSeq.sortBy(-_._1.toLong)
      .map { case (priority, mine) => forPriority(priority, mine, nowNs) }
      .exists(identity)

  def executorLost(executorId: String): Unit =
    refusals.mapValuesInPlace((_, executors) => executors - executorId)

  private def forPriority(priority: Int, managers: Seq[TaskSetManager], nowNs: Long): Boolean = {
    val candidates = ledger.tasks.filter { e =>
      e.task.priority < priority && preemptor.mayPreempt(e) &&
      (e.state == TaskState.Running || e.state == TaskState.Resuming)
    }
    val pending = if (candidates.isEmpty) Nil else managers.flatMap(pendingOf(_, nowNs))
    if (pending.nonEmpty) {
      val snapshot = Snapshot(executors(priority), candidates.map(running), pending)
      policy.victims(snapshot).foreach(victim => preemptor.preempt(victim.taskId))
    }
    pending.exists(_.refused.nonEmpty)
  }

  private def pendingOf(manager: TaskSetManager, nowNs: Long): Seq[PendingTasks] = {
    val limit = ledger.executorIds.map(ledger.total).sum / coresPerTask(manager)
    val waiting = TaskSets.pending(manager, math.max(1L, limit).toInt, aliveOn)
    if (waiting.isEmpty) Nil
    else {
      val refused = refusals.getOrElse(manager, Map.empty)
        .collect { case (executor, at) if nowNs - at < Preemption.refusalNs => executor }.toSet
      val barrier = TaskSets.isBarrier(manager)
      waiting.groupBy(identity).toSeq.map { case (preferred, tasks) =>
        val count = if (barrier) manager.numTasks else tasks.size
        PendingTasks(count, coresPerTask(manager), preferred, refused, together = barrier)
      }.take(if (barrier) 1 else Int.MaxValue)
    }
  }

  /** A barrier stage that lacks slots has refused nothing. */
  private def hasSlots(manager: TaskSetManager, priority: Int, cores: Long): Boolean =
    !TaskSets.isBarrier(manager) ||
      ledger.executorIds.map(ledger.usable(_, priority) / cores).sum >= manager.numTasks

  private def coresPerTask(manager: TaskSetManager): Long =
    SparkLine.taskCores(manager, profiles())

  private def executors(priority: Int): Seq[ExecutorView] = ledger.executorIds.map { id =>
    ExecutorView(id, ledger.usableSoon(id, priority), ledger.tasksOn(id).count(_.holdsCore))
  }

  private def running(entry: TaskEntry): RunningTask = RunningTask(
    entry.task.taskId, entry.task.executorId, entry.task.cores, entry.task.priority, entry.arrival)
}

private[driver] object Preemption {
  /** How long a refusal counts: as long as Spark's backends wait between rounds that give delay
   *  scheduling another chance (spark.scheduler.revive.interval). */
  val refusalNs: Long = TimeUnit.SECONDS.toNanos(1)
}
