package neptune.core

import scala.collection.mutable

/** The suspended tasks of all executors, and what they have lent. Only [[CoreLedger]] changes it.
 */
private[core] final class LentCores {
  /** By order of launch. */
  private val byArrival = mutable.TreeMap.empty[Long, TaskEntry]
  private val ofRank = new Counts[Long]
  private var pastNs = 0L
  private var most = 0L
  private var now = 0L

  def begin(entry: TaskEntry): Unit = {
    byArrival(entry.arrival) = entry
    count(entry, 1)
    now += entry.task.nanocores
    most = math.max(most, now)
  }

  def end(entry: TaskEntry, nowNs: Long): Unit = {
    byArrival.remove(entry.arrival)
    count(entry, -1)
    now -= entry.task.nanocores
    pastNs += entry.coreNs(nowNs - entry.suspendedAtNs)
  }

  /** Counts a task under its rank, or no more, before that changes. */
  def count(entry: TaskEntry, more: Int): Unit = ofRank.add(entry.task.rank.order, more)

  def tasks: Iterator[TaskEntry] = byArrival.valuesIterator
  def ranks: Iterator[Rank] = ofRank.kinds.map(Rank.of)
  def size: Int = byArrival.size
  def nanocores: Long = now
  def nanocoresAtMost: Long = most
  def coreNs(nowNs: Long): Double = pastNs.toDouble + tasks
    .map(e => Nanocores.toCores(e.task.nanocores) * (nowNs - e.suspendedAtNs)).sum
}

/** What the ledger tells of suspended tasks, and of what they have lent. */
private[core] trait LentFigures {
  private[core] def lent: LentCores

  /** Tasks that are suspended for higher levels. */
  def preempted: Iterator[TaskEntry] = lent.tasks.filter(_.preempted)
  /** Tasks that are suspended for others of their own levels. */
  def heldForSharing: Iterator[TaskEntry] = lent.tasks.filter(_.isHeldForSharing)
  /** What nobody has yet of the cores that those of a level have lent to others of it. */
  def yieldedNanocores(level: Int): Long = heldForSharing
    .filter(entry => entry.task.priority == level && entry.page.idleNanocores > 0).toList
    .groupBy(_.page)
    .map { case (page, some) => math.min(page.idleNanocores, some.map(_.task.nanocores).sum) }.sum
  def suspendedTasks: Iterator[TaskEntry] = lent.tasks
  def suspendedRanks: Set[Rank] = lent.ranks.toSet
  def hasSuspended: Boolean = lent.size > 0
  def suspendedCount: Int = lent.size
  /** Cores that suspended tasks have lent: now, at most so far, and core-time so far. */
  def lentNanocores: Long = lent.nanocores
  def lentNanocoresAtMost: Long = lent.nanocoresAtMost
  def lentCoreNs(nowNs: Long): Double = lent.coreNs(nowNs)
}
