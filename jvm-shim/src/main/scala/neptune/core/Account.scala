package neptune.core

import scala.collection.mutable

/** What somebody's tasks hold and have used, kept with each event: a party's that shares cores with
 *  others, or that of those whom a limit binds. Only [[CoreLedger]] changes it.
 *
 * Invariants: `entries` are the live tasks that are booked here, and `live` is the sum of their
 * cores, `sizes` how many need how much, and `beyond` how many have the rank below their level's
 * first; `running` is the sum of those that run, and that nobody has asked to suspend and no limit
 * holds; `held` and `holding` are the sum and the number of those that have not lent theirs;
 * `barred` and `barredCount` those of the others that a limit holds.
 */
final class Account(val name: String) {
  private val entries = mutable.TreeMap.empty[Long, TaskEntry]
  private var live = 0L
  private var running = 0L
  private var held = 0L
  private var holding = 0
  private var beyond = 0
  private var barred = 0L
  private var barredCount = 0
  private val sizes = new Counts[Long]
  private var usedNs = 0L
  private var sinceNs = 0L
  private var count = 0L

  /** Cores of all its live tasks, and of those that run, and that nobody has asked to suspend; but
   *  not of one that a limit holds, and that runs only for others wait for it: it is to have
   *  nothing of what is due. */
  def liveNanocores: Long = live
  def runningNanocores: Long = running
  /** Cores that its tasks hold now, and how many tasks do. */
  def heldNanocores: Long = held
  def tasksHolding: Int = holding
  /** Cores of the tasks that a limit holds, and that are suspended; and how many these are. */
  def barredNanocores: Long = barred
  def tasksBarred: Int = barredCount
  /** Core-time that its tasks have held so far, in nanoseconds of one core. */
  def usedCoreNs(nowNs: Long): Long = usedNs + coreNs(nowNs - sinceNs)
  /** Its live tasks, in order of launch. */
  def tasks: Iterator[TaskEntry] = entries.valuesIterator
  def size: Int = entries.size
  /** How many are beyond what is due to their party. */
  def tasksBeyond: Int = beyond
  /** What its live tasks need, each number once. */
  def taskNanocores: Iterator[Long] = sizes.kinds
  /** What the smallest of them needs; none without any. */
  def smallestNanocores: Long = sizes.kinds.reduceOption(math.min(_, _)).getOrElse(0L)
  /** Another number whenever anything has changed. */
  def changes: Long = count

  private[core] def add(entry: TaskEntry, nowNs: Long): Unit = {
    entries(entry.arrival) = entry
    live += entry.task.nanocores
    sizes.add(entry.task.nanocores, 1)
    rank(entry, 1)
    count += 1
    if (entry.holdsCore) hold(entry.task.nanocores, 1, nowNs)
  }

  private[core] def remove(entry: TaskEntry, nowNs: Long): Unit = {
    entries.remove(entry.arrival)
    live -= entry.task.nanocores
    sizes.add(entry.task.nanocores, -1)
    rank(entry, -1)
    count += 1
    if (entry.holdsCore) hold(-entry.task.nanocores, -1, nowNs)
  }

  /** A task runs from now on, or no more. */
  private[core] def runs(entry: TaskEntry, more: Int): Unit = {
    if (!entry.task.rank.isHeld) running += more * entry.task.nanocores
    count += 1
  }

  /** Counts a task by its rank, or no more, before that changes. */
  private[core] def rank(entry: TaskEntry, more: Int): Unit = {
    if (entry.task.rank.isBeyond) beyond += more
    if (entry.isRunning && !entry.task.rank.isHeld) running += more * entry.task.nanocores
    if (!entry.holdsCore) bar(entry, more)
  }

  private def bar(entry: TaskEntry, more: Int): Unit = if (entry.task.rank.isHeld) {
    barred += more * entry.task.nanocores
    barredCount += more
  }

  private[core] def noteChange(): Unit = count += 1

  /** A task lends its core, or has it back. */
  private[core] def moved(entry: TaskEntry, nowNs: Long): Unit = {
    val sign = if (entry.holdsCore) 1 else -1
    hold(sign * entry.task.nanocores, sign, nowNs)
    bar(entry, -sign)
  }

  private def hold(nanocores: Long, tasks: Int, nowNs: Long): Unit = {
    usedNs += coreNs(nowNs - sinceNs)
    sinceNs = nowNs
    held += nanocores
    holding += tasks
    count += 1
  }

  private def coreNs(ns: Long): Long = (ns * Nanocores.toCores(held)).toLong
}
