package org.apache.spark.neptune.driver.report

import scala.collection.mutable

import neptune.core.{CoreLedger, Priority}
import neptune.time.Clock

import org.apache.spark.neptune.driver.priorities.PriorityPool
import org.apache.spark.scheduler.{TaskSet, TaskSetManager}
import org.apache.spark.scheduler.neptune.TaskSets

/** What there is of one priority at a moment.
 *
 * @param running tasks that hold a core
 * @param pending tasks that wait for their first one
 * @param lentNanocores what its suspended tasks have lent
 * @param firstTasks how long its task sets have waited for the first core of all, once one has it
 */
private[driver] final case class LevelFigures(
    priority: Int, running: Int, pending: Int, suspended: Int, lentNanocores: Long,
    firstTasks: Option[Latencies])

/** The priorities that have a name, and the others that jobs have: what there is of them, and how
 *  long a task set waits from its submission to its first task.
 *
 * THREADING: under the scheduler's lock.
 *
 * @param taskSets those that are not over
 */
private[driver] final class Levels(
    ledger: CoreLedger, taskSets: () => Seq[TaskSetManager], clock: Clock) {
  import Levels._

  /** Task sets that have had no core yet, and since when. */
  private val waiting = mutable.WeakHashMap.empty[TaskSet, Long]
  private val named = Priority.names.map { case (_, priority) => priority -> new Latencies }.toMap
  /** Those that were in use last: an application may have a priority for each of its jobs. */
  private val others = mutable.LinkedHashMap.empty[Int, Latencies]

  def submitted(taskSet: TaskSet): Unit = waiting(taskSet) = clock.nanoTime()

  /** The task set has got a core. */
  def launched(manager: TaskSetManager): Unit =
    waiting.remove(manager.taskSet).foreach { sinceNs =>
      inUse(PriorityPool.priorityOf(manager)).add(clock.nanoTime() - sinceNs)
    }

  /** All of them, the highest first. */
  def now: Seq[LevelFigures] = {
    val found = mutable.HashMap.empty[Int, Found]
    def at(priority: Int): Found = found.getOrElseUpdate(priority, new Found)
    ledger.live.foreach { entry =>
      val level = at(entry.task.priority)
      if (entry.holdsCore) level.running += 1
      else {
        level.suspended += 1
        level.lentNanocores += entry.task.nanocores
      }
    }
    taskSets().foreach { manager =>
      at(PriorityPool.priorityOf(manager)).pending += TaskSets.countPending(manager)
    }
    (found.keySet ++ named.keySet ++ others.keySet).toList
      .sorted(Ordering.Int.reverse)
      .map { priority =>
        val level = at(priority)
        LevelFigures(
          priority, level.running, level.pending, level.suspended, level.lentNanocores,
          named.get(priority).orElse(others.get(priority)))
      }
  }

  private def inUse(priority: Int): Latencies = named.getOrElse(priority, {
    val latencies = others.remove(priority).getOrElse(new Latencies)
    others(priority) = latencies
    if (others.size > othersAtMost) others -= others.head._1
    latencies
  })
}

private object Levels {
  val othersAtMost = 100

  private final class Found {
    var running = 0
    var pending = 0
    var suspended = 0
    var lentNanocores = 0L
  }
}
