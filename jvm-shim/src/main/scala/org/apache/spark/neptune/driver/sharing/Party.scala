package org.apache.spark.neptune.driver.sharing

import java.util.IdentityHashMap

import scala.collection.mutable

import neptune.core.{Account, CoreLedger, ExecutorCores, Rank, TaskEntry}

import org.apache.spark.scheduler.neptune.LaunchCap

/** Whom a level shares its cores among: the task sets of a pool, or of a piece of work.
 *
 * THREADING: under the scheduler's lock.
 *
 * @param baseCoreNs core-time that the same has used at other levels
 */
private[sharing] final class Party(
    val name: String, val level: Int, baseCoreNs: Long) {
  val account: Account = new Account(name)

  var weight: Double = 1.0
  /** What it is assured of itself, and with what its jobs are; as of this round. */
  var ownMinNanocores: Long = 0L
  var minNanocores: Long = 0L
  /** Its waiting tasks by what each needs, and what all of them do; as of this round. */
  private val bySize = mutable.LongMap.empty[WaitingTasks]
  private var pendingNanocores = 0L
  /** What is due to it; all that there is while it is the only one of its level. */
  var dueNanocores: Long = Long.MaxValue
  /** Where it comes when its level's cores are offered. */
  var turn: Int = 0
  /** Cores that it may yet take in this round of offers. */
  var roomNanocores: Long = Long.MaxValue
  var lastSeenNs: Long = 0L
  /** Its place among those of its level, by when they first came. */
  var arrival: Long = 0L
  /** What tasks over a limit have, which they are not to use. */
  private var overNanocores = 0L
  private val asked = new Asked
  private var rankedChanges = 0L
  private var rankedDue = Long.MaxValue

  def usedCoreNs(nowNs: Long): Long = baseCoreNs + account.usedCoreNs(nowNs)
  /** What its live tasks need, those that are suspended, too, and those that wait. */
  def wantedNanocores: Long = account.liveNanocores - overNanocores + pendingNanocores

  /** No task of its is over a limit, as far as is known. */
  def holdNothing(): Unit = if (overNanocores > 0L) {
    overNanocores = 0L
    rankedDue = -1L
  }

  def hold(nanocores: Long): Unit = {
    overNanocores += nanocores
    rankedDue = -1L
  }

  /** No task of its waits, as far as is known in this round. */
  def beginRound(): Unit = {
    bySize.clear()
    pendingNanocores = 0L
    minNanocores = ownMinNanocores
  }

  /** Tasks of a set wait, and need so much together.
   *
   * @param perTask what each needs
   * @param barred the executors that take none of them
   */
  def waits(nanocores: Long, perTask: Long, barred: () => Set[String]): Unit = {
    pendingNanocores += nanocores
    bySize.getOrElseUpdate(perTask, new WaitingTasks(perTask, barred)).nanocores += nanocores
  }

  /** What waits, the tasks first that need most. */
  def waiting: Seq[WaitingTasks] =
    if (bySize.size < 2) bySize.valuesIterator.toList
    else bySize.valuesIterator.toList.sortBy(-_.perTask)

  def hasWaitingBelow(perTask: Long): Boolean = bySize.keysIterator.exists(_ < perTask)

  /** What one of its tasks needs, at most; see [[Asked.perTask]].
   *
   * @param capacity what there is for all parties
   */
  def nanocoresPerTask(capacity: Long): Long =
    Asked.perTask(bySize.keysIterator ++ account.taskNanocores, capacity)

  /** Whether it asks for something else than when it was last asked this.
   *
   * @param capacity what there is: more makes no difference
   */
  def asksAnew(capacity: Long): Boolean = asked.isNew(
    math.min(wantedNanocores, capacity), minNanocores, weight, nanocoresPerTask(capacity))

  def isAlone: Boolean = dueNanocores == Long.MaxValue

  /** What it may launch. */
  def freeNanocores: Long =
    if (isAlone) Long.MaxValue else math.max(0L, dueNanocores - account.runningNanocores)

  /** What it may have somebody suspended for.
   *
   * @param comesBack whether a suspended task of its has its core back before that
   */
  def lackingNanocores(comesBack: TaskEntry => Boolean): Long =
    if (isAlone || account.tasksHolding == account.size) freeNanocores
    else {
      val back = account.tasks.filter(entry => !entry.holdsCore && comesBack(entry))
      math.max(0L, freeNanocores - back.map(_.task.nanocores).sum)
    }

  /** Whether anything has changed since its tasks had their ranks. */
  def isToRank: Boolean = rankedChanges != account.changes || rankedDue != dueNanocores

  /** Gives its tasks their ranks: those that run come first, then those that are suspended, or are
   *  about to be, in order of launch, but for what [[Exchanges]] says. One that is suspended
   *  manually needs nothing of what is due, and keeps its core for itself. */
  def rank(ledger: CoreLedger, exchanges: Exchanges): Unit = {
    rankedChanges = account.changes
    rankedDue = dueNanocores
    // Nearly always, of hundreds of parties, all have tasks that are within as they were. A task
    // that a limit holds is neither within nor beyond, and stays as it is.
    if (account.tasksBeyond > 0 || account.liveNanocores > dueNanocores) {
      rankAll(ledger, exchanges)
    }
  }

  private def rankAll(ledger: CoreLedger, exchanges: Exchanges): Unit = {
    var left = dueNanocores
    def rank(entry: TaskEntry): Unit = if (!entry.task.rank.isHeld) {
      val fits = entry.task.nanocores <= left && !exchanges.yieldsFirst(entry)
      if (fits && !isAlone && (entry.isRunning || !entry.isManual)) left -= entry.task.nanocores
      val isWithin = fits || entry.isManual && !entry.isRunning
      val rank = if (isWithin) Rank.within(level) else Rank.beyond(level)
      if (entry.task.rank != rank) ledger.ranked(entry.task.taskId, rank)
    }
    if (account.runningNanocores > dueNanocores) lastToSuspendFirst(ledger, exchanges).foreach(rank)
    else account.tasks.foreach(entry => if (entry.isRunning) rank(entry))
    if (account.runningNanocores < account.liveNanocores) {
      val (first, others) = account.tasks.filterNot(_.isRunning).toList
        .partition(exchanges.returnsFirst)
      first.foreach(rank)
      others.foreach(rank)
    }
  }

  /** Its running tasks, those last for which somebody waits on their executors, before these those
   *  on the executors with the fewest suspended tasks, and there those that were launched last. A
   *  suspended task can go on nowhere else: where many are, they would still wait when other
   *  executors have nothing left to do. */
  private def lastToSuspendFirst(
      ledger: CoreLedger, exchanges: Exchanges): Iterator[TaskEntry] = {
    // There may be 40,000 of them, in each round: sorting takes longer.
    val byHeldUp = mutable.ArrayBuffer.empty[List[TaskEntry]]
    var yielding = List.empty[TaskEntry]
    val more = new IdentityHashMap[ExecutorCores, Int]
    account.tasks.filter(_.isRunning).toArray.reverseIterator.foreach { entry =>
      if (exchanges.yieldsFirst(entry)) yielding = entry :: yielding
      else ledger.pageOf(entry.task.executorId).foreach { page =>
        val heldUp = math.max(page.notRunning, more.getOrDefault(page, 0))
        more.put(page, heldUp + 1)
        while (byHeldUp.size <= heldUp) byHeldUp += Nil
        byHeldUp(heldUp) = entry :: byHeldUp(heldUp)
      }
    }
    byHeldUp.reverseIterator.flatMap(_.iterator) ++ yielding
  }
}

private[sharing] object Party {
  /** Where its account is among those of its tasks. */
  val placeOfAccount: Int = 1
}

/** Tasks of a party that wait, and need the same each.
 *
 * @param barred the executors that take none of the first set's
 */
private[sharing] final class WaitingTasks(val perTask: Long, val barred: () => Set[String]) {
  /** What all of them need. */
  var nanocores: Long = 0L
}

/** A task set's place among parties.
 *
 * @param all what its level's tasks hold
 * @param party None if it is apart: it starts as a whole or not at all, or its level shares nothing
 * @param allowances what limits leave to it
 * @param parts its part of those of them whose cores are shared
 * @param nanocores what each of its tasks needs
 * @param since how often limits had been changed when it came
 */
private[sharing] final class Member(
    val level: Int, val all: Account, val party: Option[Party],
    val allowances: Seq[Allowance], val parts: Seq[LimitPart], nanocores: Long, val since: Long)
  extends LaunchCap {
  /** Where its tasks are booked. */
  val accounts: Seq[Account] =
    (all +: party.map(_.account).toList) ++ allowances.map(_.account) ++ parts.map(_.account)

  override def allows: Boolean = party.forall(p => p.isAlone || p.roomNanocores >= nanocores) &&
    allowances.forall(_.roomFor(nanocores) > 0) && parts.forall(_.roomFor(nanocores) > 0)

  /** The limits that allow fewer than so many more tasks. */
  def below(tasks: Int): Seq[Allowance] = allowances.filter { allowance =>
    val part = parts.find(_.limit eq allowance.account)
    allowance.roomFor(nanocores) < tasks || part.exists(_.roomFor(nanocores) < tasks)
  }

  override def launched(): Unit = {
    party.filterNot(_.isAlone).foreach(_.roomNanocores -= nanocores)
    allowances.foreach(_.launched(nanocores))
    parts.foreach(_.launched(nanocores))
  }

  /** A task that was launched is in the ledger now. */
  def booked(): Unit = {
    allowances.foreach(_.booked(nanocores))
    parts.foreach(_.booked(nanocores))
  }

  /** Tasks wait, for which others of their limit are to make room. */
  def waits(tasks: Int): Unit = {
    val most = allowances.foldLeft(tasks)((least, its) => math.min(least, its.roomByTasks))
    if (most > 0) parts.foreach(_.waits(most * nanocores, nanocores))
  }
}
