package org.apache.spark.neptune.driver.sharing

import scala.collection.mutable

import neptune.core.{CoreLimit, TaskEntry}

import org.apache.spark.neptune.settings.Limiter

/** Suspends tasks that a limit holds. THREADING: under the scheduler's lock. */
private[driver] trait LimitKeeper {
  /** Whether any task may be suspended at all. */
  def holds: Boolean
  /** Whether a task that runs may be suspended now for others of a level; else, if that is only a
   *  matter of time, there is a round when it may. */
  def maySuspend(entry: TaskEntry, level: Int): Boolean
  def hold(taskId: Long): Unit
  /** No limit holds the task any more. */
  def letGo(taskId: Long): Unit
}

/** Holds the tasks that are over a limit which somebody has changed while they ran, and those of
 *  whoever has more of a limit's cores than is due among all who want them.
 *
 * Whatever else is over a limit is not: a task is launched only where its limits allow that, and
 * a share of all cores that gets smaller with the cluster lets go on what runs.
 *
 * THREADING: under the scheduler's lock.
 *
 * @param allowances what limits leave
 */
private[sharing] final class OverLimits(allowances: Allowances, keeper: LimitKeeper) {
  private val held = mutable.LongMap.empty[TaskEntry]
  /** What it has looked at, if it has nothing to do before that changes. */
  private var seen = Option.empty[(Seq[(CoreLimit, Long)], Seq[(Limiter, Long)], Set[Long])]

  /** @return whether there may be others now */
  def look(): Boolean = {
    val limits = allowances.changed
    val overdrawn = allowances.overdrawn
    if (!keeper.holds || limits.isEmpty && held.isEmpty && overdrawn.isEmpty) false
    else {
      val now = (
        limits.map(limit => (limit, limit.account.changes)),
        allowances.changesOfContended, overdrawn.iterator.map(_.task.taskId).toSet)
      !seen.contains(now) && {
        val over = (CoreLimit.over(limits) ++ overdrawn).distinct
        val (mayChange, isDone) = look(over)
        seen = if (isDone) Some(now) else None
        mayChange
      }
    }
  }

  /** @return whether there may be others now, and whether there is nothing left to do */
  private def look(over: Seq[TaskEntry]): (Boolean, Boolean) = {
    val ids = over.iterator.map(_.task.taskId).toSet
    val free = held.valuesIterator.filterNot(entry => ids(entry.task.taskId)).toList
    free.foreach { entry =>
      held.remove(entry.task.taskId)
      keeper.letGo(entry.task.taskId)
    }
    val (able, others) = over.partition(entry =>
      !entry.isRunning || keeper.maySuspend(entry, entry.task.priority))
    val fresh = able.filter(entry => entry.isRunning || !held.contains(entry.task.taskId))
    fresh.foreach { entry =>
      held(entry.task.taskId) = entry
      keeper.hold(entry.task.taskId)
    }
    (free.nonEmpty || held.nonEmpty, others.isEmpty)
  }

  /** The live tasks that are held. */
  def tasks: Iterator[TaskEntry] = held.valuesIterator
}
