package neptune.core

import scala.collection.mutable

/** One executor's page of the ledger, in nanocores. Only [[CoreLedger]] changes it.
 *
 * Invariants: `launchedNanocores` is the sum over `tasks`; `lentBy(r)` is the sum over the
 * suspended ones of rank r, without zero entries, and `lentNanocores` the sum over all of them;
 * `suspendedTasks` is their number; `sharedNanocores` is the sum over those that share their cores.
 */
final class ExecutorCores private[core] (val executorId: String) {
  private[core] var sizeNanocores: Long = 0L
  private[core] var launchedNanocores: Long = 0L
  private[core] var sharedNanocores: Long = 0L
  private[core] var isOffered: Boolean = false
  private[core] var leaving: Boolean = false
  /** The last round in which the backend offered it. */
  private[core] var round: Long = 0L
  private[core] val entries: mutable.LinkedHashMap[Long, TaskEntry] = mutable.LinkedHashMap.empty
  private val lentBy = mutable.LongMap.empty[Long]
  private var lentNanocores = 0L
  private var suspendedTasks = 0
  private[core] val running = new RunningCounts

  /** Books cores that the task shares, if it does.
   *
   * @param sign 1 when it begins, -1 when it is over
   * @return how many more are shared
   */
  private[core] def share(task: LaunchedTask, sign: Int): Long = {
    val more = if (task.sharesCores) sign * task.nanocores else 0L
    sharedNanocores += more
    more
  }

  private[core] def lend(task: LaunchedTask): Unit = {
    lentBy(task.rank.order) = lentBy.getOrElse(task.rank.order, 0L) + task.nanocores
    lentNanocores += task.nanocores
    suspendedTasks += 1
  }

  private[core] def takeBack(task: LaunchedTask): Unit = {
    val left = lentBy(task.rank.order) - task.nanocores
    if (left == 0L) lentBy.remove(task.rank.order) else lentBy(task.rank.order) = left
    lentNanocores -= task.nanocores
    suspendedTasks -= 1
  }

  /** The lowest rank of a task that runs and that nobody has asked to suspend; [[Rank.none]] if
   *  there is none. */
  def lowestRunning: Rank = running.lowest
  /** Whether the backend offers this executor for new tasks. */
  def offered: Boolean = isOffered && !leaving
  /** Whether it ends as soon as its tasks have. */
  def isLeaving: Boolean = leaving
  def totalNanocores: Long = sizeNanocores
  /** The live tasks, in order of launch. */
  def tasks: Iterator[TaskEntry] = entries.valuesIterator
  /** Number of live tasks that are suspended. */
  def suspended: Int = suspendedTasks
  /** The same, with those that have been asked to suspend. */
  def notRunning: Int = entries.size - running.size
  /** Number of live tasks that hold a core. */
  def load: Int = entries.size - suspendedTasks

  /** Cores that no task holds for itself. */
  def idleNanocores: Long = sizeNanocores - launchedNanocores + sharedNanocores + lentNanocores

  /** Cores for new tasks that share them with whatever runs there, but not with one another; never
   *  negative. */
  def shareableNanocores: Long = math.max(0L, sizeNanocores - sharedNanocores)

  /** Cores that new tasks of a rank may take; never negative. */
  def usableNanocores(rank: Rank): Long = math.max(0L, spareNanocores(rank))

  /** The same, or how many cores too few there are, after a rescue say, or since those of suspended
   *  tasks that come back first are lent: so many must come before a new task may have any, so that
   *  a victim is for nothing that brings no more. */
  def spareNanocores(rank: Rank): Long =
    if (lentNanocores == 0L) idleNanocores else idleNanocores - keptFor(rank)

  /** Cores of suspended tasks of a rank, and of higher ones. */
  private def keptFor(rank: Rank): Long = {
    var kept = 0L
    lentBy.foreachKey(order => if (order >= rank.order) kept += lentBy(order))
    kept
  }
}

/** What the ledger tells of executors. */
private[core] trait ExecutorPages {
  private[core] def executors: mutable.LinkedHashMap[String, ExecutorCores]
  /** What those that take new tasks have all together; None: to be summed up anew. */
  private[core] var total: Option[Long] = None

  /** The pages of the executors that take new tasks, in the order in which they came. */
  def pages: Iterator[ExecutorCores] = executors.valuesIterator.filter(_.offered)
  /** Those that some tasks are not barred from. */
  def pagesBut(barred: Set[String]): Iterator[ExecutorCores] =
    pages.filterNot(page => barred(page.executorId))
  def pageOf(executorId: String): Option[ExecutorCores] = executors.get(executorId)
  /** Executors that take new tasks, and what they have all together. */
  def executorIds: Seq[String] = pages.map(_.executorId).toList
  def totalNanocores: Long = {
    if (total.isEmpty) total = Some(pages.map(_.totalNanocores).sum)
    total.get
  }
  def totalNanocores(executorId: String): Long = pageOf(executorId).fold(0L)(_.totalNanocores)
  def tasksOn(executorId: String): Seq[TaskEntry] =
    pageOf(executorId).fold(Seq.empty[TaskEntry])(_.tasks.toList)
  def isLeaving(executorId: String): Boolean = pageOf(executorId).exists(_.isLeaving)
  /** Cores of the executor that no task holds for itself. */
  def idleNanocores(executorId: String): Long = pageOf(executorId).fold(0L)(_.idleNanocores)
  /** Cores of the executor that new tasks of a rank may take; never negative. */
  def usableNanocores(executorId: String, rank: Rank): Long =
    pageOf(executorId).fold(0L)(_.usableNanocores(rank))
}
