package org.apache.spark.neptune.driver.priorities

import scala.collection.mutable.ArrayBuffer
import scala.jdk.CollectionConverters._

import org.apache.spark.neptune.compat.{PrioritizedTaskSet, RootPool}
import org.apache.spark.scheduler.{Schedulable, TaskSetManager}
import org.apache.spark.scheduler.SchedulingMode.SchedulingMode

/** The root pool, ordered by priority; within a priority, FIFO or FAIR orders as always.
 *
 * THREADING: under the scheduler's lock, like every pool of Spark's.
 *
 * @param turnOf where those come whom a task set shares the cores of its priority with
 */
private[driver] final class PriorityPool(mode: SchedulingMode, turnOf: TaskSetManager => Int)
  extends RootPool(mode) {
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

  /** The task sets of this round, but for some. */
  def others(some: Seq[TaskSetManager]): Seq[TaskSetManager] =
    round.fold(Seq.empty[TaskSetManager])(_.toList.diff(some))

  /** All task sets; the sorted ones are those that have tasks to launch. */
  def taskSets: Seq[TaskSetManager] = taskSetsOf(this)

  private def taskSetsOf(schedulable: Schedulable): Seq[TaskSetManager] = schedulable match {
    case tasks: TaskSetManager => Seq(tasks)
    case pool => pool.schedulableQueue.asScala.toList.flatMap(taskSetsOf)
  }

  override def getSortedTaskSetQueue: ArrayBuffer[TaskSetManager] = {
    val all = round.getOrElse(PriorityPool.inOrder(super.getSortedTaskSetQueue, turnOf))
    only.fold(all)(all.filter)
  }
}

private[driver] object PriorityPool {
  /** A stable sort: within a priority and a turn the pool's own order stays. */
  private def inOrder(
      managers: ArrayBuffer[TaskSetManager], turnOf: TaskSetManager => Int)
      : ArrayBuffer[TaskSetManager] = {
    def key(manager: TaskSetManager): (Long, Int) = (-priorityOf(manager).toLong, turnOf(manager))
    val isSorted = (1 until managers.size).forall(i => areInOrder(
      priorityOf(managers(i - 1)), priorityOf(managers(i)),
      turnOf(managers(i - 1)) <= turnOf(managers(i))))
    if (isSorted) managers else managers.sortBy(key)
  }

  private def areInOrder(first: Int, second: Int, turns: => Boolean): Boolean =
    first > second || first == second && turns

  def priorityOf(manager: TaskSetManager): Int = prioritized(manager).level

  def prioritized(manager: TaskSetManager): PrioritizedTaskSet = manager.taskSet match {
    case prioritized: PrioritizedTaskSet => prioritized
    case other => throw new IllegalStateException(s"$other was not submitted to Neptune")
  }
}
