package neptune.core

import scala.collection.mutable

/** One executor's page of the ledger, in nano-cores. Only [[CoreLedger]] changes it.
 *
 * Invariants: `launched` is the sum over `tasks`; `lentBy(p)` is the sum over the suspended ones
 * of priority p, without zero entries; `suspendedTasks` is their number.
 */
final class ExecutorCores private[core] (val executorId: String) {
  private[core] var totalCores: Long = 0L
  private[core] var launched: Long = 0L
  private[core] var isOffered: Boolean = false
  /** The last round in which the backend offered it. */
  private[core] var round: Long = 0L
  private[core] val entries: mutable.LinkedHashMap[Long, TaskEntry] = mutable.LinkedHashMap.empty
  private val lentBy = mutable.HashMap.empty[Int, Long]
  private var suspendedTasks = 0
  private[core] val running = new RunningCounts

  private[core] def lend(task: LaunchedTask): Unit = {
    lentBy(task.priority) = lentBy.getOrElse(task.priority, 0L) + task.cores
    suspendedTasks += 1
  }

  private[core] def takeBack(task: LaunchedTask): Unit = {
    val left = lentBy(task.priority) - task.cores
    if (left == 0L) lentBy.remove(task.priority) else lentBy(task.priority) = left
    suspendedTasks -= 1
  }

  /** The lowest priority of a task that runs and that nobody has asked to suspend; Int.MaxValue if
   *  there is none. */
  def lowestRunning: Int = running.lowest
  /** Whether the backend offers this executor for new tasks. */
  def offered: Boolean = isOffered
  def total: Long = totalCores
  /** The live tasks, in order of launch. */
  def tasks: Iterator[TaskEntry] = entries.valuesIterator
  /** Number of live tasks that are suspended. */
  def suspended: Int = suspendedTasks
  /** Number of live tasks that hold a core. */
  def load: Int = entries.size - suspendedTasks

  /** Cores that no task holds. */
  def idle: Long =
    if (lentBy.isEmpty) total - launched else total - launched + lentBy.valuesIterator.sum

  /** Cores that new tasks of `priority` may take; never negative. */
  def usable(priority: Int): Long = {
    val kept =
      if (lentBy.isEmpty) 0L
      else lentBy.iterator.collect { case (p, cores) if p >= priority => cores }.sum
    math.max(0L, idle - kept)
  }

  /** The same, or, after a rescue say, how many cores too few there are: so many must come back
   *  before a new task may have any, so that a victim is for nothing that brings no more. */
  def spare(priority: Int): Long = {
    val now = idle
    if (now < 0) now else usable(priority)
  }
}
