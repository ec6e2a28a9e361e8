package org.apache.spark.neptune.driver

import scala.collection.mutable.ArrayBuffer

import org.apache.spark.neptune.compat.PrioritizedTaskSet
import org.apache.spark.scheduler.{Pool, TaskSetManager}
import org.apache.spark.scheduler.SchedulingMode.SchedulingMode

/** The root pool, ordered by priority; within a priority, FIFO or FAIR orders as always.
 *
 * THREADING: under the scheduler's lock, like every pool of Spark's.
 */
private[driver] final class PriorityPool(mode: SchedulingMode) extends Pool("", mode, 0, 0) {
  private var only: Option[Int] = None

  /** Runs `act` while the pool shows the task sets of one priority only. */
  def showing[T](priority: Int)(act: => T): T = {
    only = Some(priority)
    try act finally only = None
  }

  override def getSortedTaskSetQueue: ArrayBuffer[TaskSetManager] = {
    val sorted = super.getSortedTaskSetQueue
    only match {
      case Some(shown) => sorted.filter(PriorityPool.priorityOf(_) == shown)
      // A stable sort: within a priority the pool's own order stays.
      case None => sorted.sortBy(manager => -PriorityPool.priorityOf(manager).toLong)
    }
  }
}

private[driver] object PriorityPool {
  def priorityOf(manager: TaskSetManager): Int = manager.taskSet match {
    case prioritized: PrioritizedTaskSet => prioritized.level
    case other => throw new IllegalStateException(s"$other was not submitted to Neptune")
  }
}
