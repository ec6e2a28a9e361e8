package neptune.core

import scala.collection.mutable

/** The tasks that have been asked to suspend, and may be expected to answer soon. Only
 *  [[CoreLedger]] changes it.
 */
private[core] final class SuspendingTasks {
  private val entries = mutable.LongMap.empty[TaskEntry]

  def add(entry: TaskEntry): Unit = entries(entry.task.taskId) = entry
  def remove(taskId: Long): Unit = entries.remove(taskId)
  def nonEmpty: Boolean = entries.nonEmpty

  /** Nobody waits any more for those that were asked before `atNs`. */
  def giveUpSince(atNs: Long): Unit =
    entries --= entries.valuesIterator
      .filter(_.requestedAtNs - atNs < 0).map(_.task.taskId).toList

  /** What comes free for a rank, by executor; not of tasks that are suspended manually, which may
   *  take any time. */
  def incoming(rank: Rank): Map[String, Long] =
    if (entries.isEmpty) Map.empty
    else {
      Nanocores.byExecutor(
        comingFor(rank).map(entry => entry.task.executorId -> entry.task.nanocores))
    }

  /** The same of one executor, which has few tasks, while thousands may be on their way. */
  def incomingAt(page: ExecutorCores, rank: Rank): Long =
    if (entries.isEmpty) 0L
    else {
      page.tasks.filter(e => entries.contains(e.task.taskId) && comesFor(e, rank))
        .map(_.task.nanocores).sum
    }

  /** All of [[incoming]] that is left when suspended tasks of the rank or a higher one have theirs
   *  back, and executors none too few. */
  def totalIncoming(rank: Rank): Long = {
    var total = 0L
    // Rarely has an executor too few: then nothing need be told apart by executor.
    var short = Map.empty[ExecutorCores, Long]
    entries.foreachValue { entry =>
      if (comesFor(entry, rank)) {
        if (entry.page.spareNanocores(rank) >= 0) total += entry.task.nanocores
        else short += entry.page -> (short.getOrElse(entry.page, 0L) + entry.task.nanocores)
      }
    }
    total + short.iterator
      .map { case (page, nanocores) => math.max(0L, nanocores + page.spareNanocores(rank)) }.sum
  }

  private def comingFor(rank: Rank): Iterator[TaskEntry] =
    entries.valuesIterator.filter(comesFor(_, rank))

  private def comesFor(entry: TaskEntry, rank: Rank): Boolean =
    entry.task.rank < rank && !entry.isManual
}

/** What the ledger tells of tasks that are being suspended. */
private[core] trait SuspendingFigures {
  private[core] def suspending: SuspendingTasks
  def pageOf(executorId: String): Option[ExecutorCores]

  /** Cores by executor that come free for a rank once the suspensions on their way are done; not
   *  the manual ones, which may take any time. */
  def incomingNanocores(rank: Rank): Map[String, Long] = suspending.incoming(rank)
  def incomingNanocores(executorId: String, rank: Rank): Long =
    pageOf(executorId).fold(0L)(suspending.incomingAt(_, rank))

  /** The executors where a task of a rank that needs so much finds only a part of it free now, and
   *  all of it once the suspensions on their way are done. Lower tasks that start there meanwhile
   *  would have to be suspended in their turn. */
  def roomsComing(rank: Rank, nanocores: Long): Set[String] =
    incomingNanocores(rank).iterator.filter { case (executorId, coming) =>
      pageOf(executorId).map(_.spareNanocores(rank))
        .exists(free => free > 0 && free < nanocores && free + coming >= nanocores)
    }.map(_._1).toSet

  /** All of [[incomingNanocores]] that is left when suspended tasks of at least this rank have
   *  theirs back, and executors none too few. */
  def totalIncomingNanocores(rank: Rank): Long = suspending.totalIncoming(rank)

  def hasSuspending: Boolean = suspending.nonEmpty
}
