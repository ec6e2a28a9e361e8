package org.apache.spark.neptune.driver.priorities

import scala.collection.mutable.ArrayBuffer
import scala.jdk.CollectionConverters._

import org.apache.spark.neptune.compat.{PrioritizedTaskSet, RootPool}
import org.apache.spark.scheduler.{Schedulable, TaskSetManager}
import org.apache.spark.scheduler.SchedulingMode.SchedulingMode

/** The root pool, ordered by priority; within a priority, FIFO or FAIR orders as always.
 *
 * THREADING: under the scheduler's lock, like every pool of Spark's.
 */
private[driver] final class PriorityPool(mode: SchedulingMode) extends RootPool(mode) {
  /** The order of this round, and which task sets the pool shows, if not all. */
  private var round = Option.empty[ArrayBuffer[TaskSetManager]]
  private var only = Option.empty[Set[TaskSetManager]]

  /** Runs `act` with the order of this moment, which is also Spark's for a whole round of
   *  offers. */
  def ordered[T](act: Seq[TaskSetManager] => T): T = {
    val sorted = getSortedTaskSetQueue
    round = Some(sorted)
    try act(sorted.toList) finally round = None
  }

  /** Runs `act` while the pool shows only these task sets. */
  def showing[T](managers: Seq[TaskSetManager])(act: => T): T = {
    only = Some(managers.toSet)
    try act finally only = None
  }

  /** All task sets; the sorted ones are those that have tasks to launch. */
  def taskSets: Seq[TaskSetManager] = taskSetsOf(this)

  private def taskSetsOf(schedulable: Schedulable): Seq[TaskSetManager] = schedulable match {
    case tasks: TaskSetManager => Seq(tasks)
    case pool => pool.schedulableQueue.asScala.toList.flatMap(taskSetsOf)
  }

  override def getSortedTaskSetQueue: ArrayBuffer[TaskSetManager] = {
    val all = round.getOrElse(PriorityPool.byPriority(super.getSortedTaskSetQueue))
    only.fold(all)(all.filter)
  }
}

private[driver] object PriorityPool {
  /** A stable sort: within a priority the pool's own order stays. */
  private def byPriority(managers: ArrayBuffer[TaskSetManager]): ArrayBuffer[TaskSetManager] = {
    val sorted = (1 until managers.size).forall { i =>
      priorityOf(managers(i - 1)) >= priorityOf(managers(i))
    }
    if (sorted) managers else managers.sortBy(manager => -priorityOf(manager).toLong)
  }

  def priorityOf(manager: TaskSetManager): Int = prioritized(manager).level

  def prioritized(manager: TaskSetManager): PrioritizedTaskSet = manager.taskSet match {
    case prioritized: PrioritizedTaskSet => prioritized
    case other => throw new IllegalStateException(s"$other was not submitted to Neptune")
  }
}
