package neptune.core

import scala.collection.mutable

/** One executor's page of the ledger, in micro-cores. Only [[CoreLedger]] changes it.
 *
 * Invariants: `launched` is the sum over `tasks`; `lentBy(p)` is the sum over the suspended ones
 * of priority p, without zero entries.
 */
private[core] final class ExecutorCores {
  var total: Long = 0L
  var launched: Long = 0L
  /** Whether the backend offers this executor for new tasks. */
  var offered: Boolean = false
  val tasks: mutable.LinkedHashMap[Long, TaskEntry] = mutable.LinkedHashMap.empty
  private val lentBy = mutable.HashMap.empty[Int, Long]

  def lend(task: LaunchedTask): Unit =
    lentBy(task.priority) = lentBy.getOrElse(task.priority, 0L) + task.cores

  def takeBack(task: LaunchedTask): Unit = {
    val left = lentBy(task.priority) - task.cores
    if (left == 0L) lentBy.remove(task.priority) else lentBy(task.priority) = left
  }

  def idle: Long = total - launched + lentBy.valuesIterator.sum

  def usable(priority: Int): Long =
    math.max(0L, idle - lentBy.iterator.collect { case (p, c) if p >= priority => c }.sum)
}
