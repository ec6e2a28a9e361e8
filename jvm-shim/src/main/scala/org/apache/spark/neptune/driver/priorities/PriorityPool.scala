package org.apache.spark.neptune.driver.priorities

import java.util.{Arrays, Comparator}

import scala.collection.mutable.ArrayBuffer
import scala.jdk.CollectionConverters._

import org.apache.spark.neptune.compat.{PrioritizedTaskSet, RootPool}
import org.apache.spark.neptune.rpc.Launch
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
    if (!round.exists(_.corresponds(managers)(_ eq _))) only = Some(managers.toSet)
    try act finally only = None
  }

  /** The task sets of this round, but for some. */
  def others(some: Seq[TaskSetManager]): Seq[TaskSetManager] =
    round.fold(Seq.empty[TaskSetManager])(_.toList.diff(some))

  /** All task sets; the sorted ones are those that have tasks to launch. */
  def taskSets: Seq[TaskSetManager] = {
    val found = Vector.newBuilder[TaskSetManager]
    def add(schedulable: Schedulable): Unit = schedulable match {
      case tasks: TaskSetManager => found += tasks
      case pool => pool.schedulableQueue.asScala.foreach(add)
    }
    add(this)
    found.result()
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
    val keys = new Array[Long](managers.size)
    var isSorted = true
    var i = 0
    while (i < keys.length) {
      keys(i) = keyOf(priorityOf(managers(i)), turnOf(managers(i)))
      if (i > 0 && keys(i) < keys(i - 1)) isSorted = false
      i += 1
    }
    if (isSorted) managers else sorted(managers, keys)
  }

  /** The highest priority first, and there the first turn; a turn is not negative. */
  private def keyOf(priority: Int, turn: Int): Long = (~priority.toLong << 32) | turn.toLong

  private def sorted(
      managers: ArrayBuffer[TaskSetManager], keys: Array[Long]): ArrayBuffer[TaskSetManager] = {
    val places = Array.tabulate(keys.length)(Integer.valueOf(_))
    val byKey: Comparator[Integer] = (a, b) => java.lang.Long.compare(keys(a), keys(b))
    Arrays.sort(places, byKey)
    val found = new ArrayBuffer[TaskSetManager](keys.length)
    places.foreach(place => found += managers(place))
    found
  }

  def priorityOf(manager: TaskSetManager): Int = launchOf(manager).level

  /** What the tasks of the set are told with their launch. */
  def launchOf(manager: TaskSetManager): Launch = manager.taskSet match {
    case prioritized: PrioritizedTaskSet => prioritized.launch
    case other => throw new IllegalStateException(s"$other was not submitted to Neptune")
  }
}
