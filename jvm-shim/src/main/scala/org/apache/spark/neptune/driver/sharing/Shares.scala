package org.apache.spark.neptune.driver.sharing

import java.util.IdentityHashMap
import java.util.concurrent.TimeUnit
import java.util.concurrent.atomic.AtomicLong

import scala.collection.mutable

import neptune.core.{Account, CoreLedger, Rank, TaskEntry}
import neptune.time.Clock

import org.apache.spark.neptune.driver.priorities.PriorityPool
import org.apache.spark.scheduler.{TaskSet, TaskSetManager}
import org.apache.spark.scheduler.neptune.TaskSets

/** Who may have which cores of a level: finds each task set's party, deals what is due to each, and
 *  ranks their tasks by that. The machinery of priorities then does the rest: a task within what is
 *  due to its party takes cores from those beyond, as from a lower level.
 *
 * Task sets are apart, and come first in their level, that start as a whole or not at all: what is
 * due to a party might never suffice for them.
 *
 * THREADING: under the scheduler's lock.
 *
 * @param mostCores how many there are at most
 * @param orders who shares cores how
 * @param allowances what limits leave to jobs
 * @param targets what latency targets leave to streams
 * @param nanocoresPerTask what a task of a set needs
 * @param isApart whether a set has no party
 * @param holdsNoCore whether a set's tasks use cores beside others'
 * @param barredTo the executors that take none of a set's tasks
 * @param hasRefused whether a set has left cores alone a moment ago, waiting for better ones
 * @param slotsFor how many of a set's tasks could run at once, by what they need beside cores
 * @param keeper suspends tasks that are over a limit
 * @param wakeWithin asks for a round of offers in so many nanoseconds, at the latest
 */
private[driver] final class Shares(
    ledger: CoreLedger, mostCores: MostCores, orders: Orders, allowances: Allowances,
    targets: Targets, nanocoresPerTask: TaskSetManager => Long,
    isApart: TaskSetManager => Boolean, holdsNoCore: TaskSetManager => Boolean,
    barredTo: TaskSetManager => Set[String], hasRefused: TaskSetManager => Boolean,
    slotsFor: TaskSetManager => Int, keeper: LimitKeeper, wakeWithin: Long => Unit,
    clock: Clock) {
  import Shares._

  private val levels = mutable.HashMap.empty[Int, Level]
  /** The rank at which cores are offered at present. */
  private var offered = Rank.none
  private var forgottenNs = clock.nanoTime()

  @volatile private var isLimiting = false
  /** The most cores, as of this round: task sets that start together have been judged by it. */
  private var judgedBy = Long.MaxValue
  private val pools = new PoolShares
  private val minimums = new Minimums
  private val overLimits = new OverLimits(allowances, keeper)
  private val places = new TaskPlaces {
    override def mayYield(entry: TaskEntry): Boolean =
      keeper.maySuspend(entry, entry.task.priority)
    override def spareNanocores(entry: TaskEntry): Long = ledger.pageOf(entry.task.executorId)
      .fold(0L)(_.spareNanocores(Rank.within(entry.task.priority)))
  }
  /** How often limits have been changed at run time: so far, as of this round, and as of when task
   *  sets have joined. */
  private val changesSoFar = new AtomicLong
  private var changes = 0L
  private var joined = 0L

  /** Whether anything is shared or limited at all; else nothing here costs anything. */
  def isOn: Boolean = orders.areAny || isLimiting

  /** A task set is about to be submitted, which may be the first that has a limit of its own.
   *
   * @param nanocores what each of its tasks needs
   * @return why it can't run, if its limits do not allow that
   */
  def admit(taskSet: TaskSet, nanocores: => Long): Option[String] = {
    mostCores.sees(ledger.totalNanocores)
    val limits = allowances.limitsOf(taskSet, nanocores, mostCores)
    val target = targets.isFor(taskSet)
    if (limits.exists(_.nonEmpty) || target.contains(true)) isLimiting = true
    limits.left.toOption.orElse(target.left.toOption)
  }

  /** Somebody has changed limits: they hold for all from the next round on. Any thread may say so,
   *  and does not wait. */
  def limitsChanged(): Unit = {
    changesSoFar.incrementAndGet()
    isLimiting = true
  }

  /** Before a round of offers: sees what there is, and deals anew where there is need to.
   *
   * @param managers all task sets that are not over
   */
  def look(managers: => Seq[TaskSetManager]): Unit = if (isOn) {
    val now = clock.nanoTime()
    val total = ledger.totalNanocores
    mostCores.sees(total)
    changes = changesSoFar.get()
    levels.valuesIterator.foreach(_.beginRound(now))
    allowances.beginRound(total)
    targets.beginRound(total)
    minimums.beginRound()
    val rooms = new Rooms
    val counted = byRank(managers.filterNot(holdsNoCore))
    val most = mostCores.nanocores
    if (joined != changes || most < judgedBy) refuse(counted)
    judgedBy = most
    // All join first, since what a set may have depends on what the others of its limits hold.
    val members = counted.map(manager => manager -> join(manager, now))
    if (isLimiting) members.foreach { case (manager, member) => asks(manager, member) }
    if (keeper.holds && orders.areAny) allowances.deal(places, now).foreach(wakeWithin)
    members.foreach { case (manager, member) => count(manager, member, rooms, now) }
    minimums.deal(total)
    joined = changes
    if (overLimits.look()) countHeld()
    var left = total
    levels.valuesIterator.toList.sortBy(level => -level.level.toLong).foreach { level =>
      level.deal(total, left, now).foreach(wakeWithin)
      level.rank()
      left -= level.wantedNanocores
    }
    if (now - forgottenNs > forgetEveryNs) forget(now)
  }

  /** What a limit leaves is for the highest level, and there for whom cores are offered first. */
  private def byRank(managers: Seq[TaskSetManager]): Seq[TaskSetManager] =
    if (!isLimiting) managers
    else managers.sortBy(m => (-PriorityPool.priorityOf(m).toLong, turnOf(m)))

  /** Ranks tasks by what has been launched and resumed since the round began.
   *
   * @return whether anything has
   */
  def rankAnew(): Boolean = isOn && levels.valuesIterator.count(_.rank()) > 0

  /** Task sets that start as a whole, and that a limit no longer holds, would wait for ever. */
  private def refuse(managers: Seq[TaskSetManager]): Unit = managers
    .filter(m => TaskSets.isBarrier(m) && TaskSets.runningTasks(m).isEmpty)
    .foreach(m => admit(m.taskSet, nanocoresPerTask(m)).foreach(m.abort(_)))

  /** Tasks over a limit want nothing of what is due to their parties. */
  private def countHeld(): Unit = {
    levels.valuesIterator.foreach(_.holdNothing())
    overLimits.tasks.foreach { entry =>
      levels.get(entry.task.priority).foreach(_.hold(entry))
    }
  }

  private def count(
      manager: TaskSetManager, member: Member, rooms: Rooms, nowNs: Long): Unit = {
    val nanocores = nanocoresPerTask(manager)
    member.allowances.foreach(_.lastSeenNs = nowNs)
    // Nobody is suspended for a copy, but others are not to take all cores that come free.
    val waiting = TaskSets.countPending(manager) + TaskSets.countCopies(manager)
    val allowed =
      rooms.take(waiting, nanocores, member.allowances, member.parts, isApart(manager))
    val pending = allowed * nanocores
    val level = levels(member.level)
    level.isUsed = true
    level.pendingNanocores += pending
    member.party.foreach { party =>
      level.sees(party, nowNs)
      if (pending > 0) party.waits(pending, nanocores, () => barredTo(manager))
      minimums.wants(
        member.allowances, party, pending + TaskSets.countRunning(manager) * nanocores)
    }
  }

  /** Tasks of a set may have others of their limit make room for them. */
  private def asks(manager: TaskSetManager, member: Member): Unit = {
    val pending = TaskSets.countPending(manager)
    allowances.binds(
      member.allowances, member.level, together = isApart(manager) && pending > 0)
    if (pending > 0 && member.parts.nonEmpty && !hasRefused(manager) &&
        ledger.pagesBut(barredTo(manager)).nonEmpty) {
      member.waits(math.min(pending, slotsFor(manager)))
    }
  }

  /** The task set's place; another one if its level has changed. */
  private def join(manager: TaskSetManager, nowNs: Long): Member =
    TaskSets.capOf(manager) match {
      case member: Member
          if member.level == PriorityPool.priorityOf(manager) && member.since == changes => member
      case _ =>
        val level = levels.getOrElseUpdate(PriorityPool.priorityOf(manager), {
          val number = PriorityPool.priorityOf(manager)
          new Level(ledger, number, orders.make(number), keeper.maySuspend(_, number))
        })
        val party =
          if (isApart(manager)) None
          else level.order.map(order => partyOf(level, orders.claimantOf(order.name, manager)))
        // A group that starts as a whole is not to be half allowed.
        val bounds = if (TaskSets.isRealTime(manager)) Nil else allowancesOf(manager)
        val member = new Member(
          level.level, level.all, party, bounds,
          party.toSeq.flatMap(its => bounds.flatMap(_.shares).map(_.part(its, nowNs))),
          nanocoresPerTask(manager), changes)
        if (level.order.isEmpty) minimums.unused(member.allowances, level.level)
        TaskSets.cap(manager, member)
        // Some may run already: it was at another level, or this has been off.
        TaskSets.runningTasks(manager).foreach(ledger.accounted(_, member.accounts, nowNs))
        member
    }

  private def allowancesOf(manager: TaskSetManager): Seq[Allowance] =
    allowances.of(manager.taskSet.priority, manager.taskSet.properties) ++
      // Tasks that start together do so on as many cores as they need.
      (if (isApart(manager)) None else targets.of(manager))

  private def partyOf(level: Level, claimant: Claimant): Party = {
    val now = clock.nanoTime()
    val party = level.party(claimant.name, {
      val elsewhere = levels.valuesIterator.filter(_ ne level)
        .flatMap(_.get(claimant.name)).map(_.usedCoreNs(now)).foldLeft(0L)(math.max)
      new Party(claimant.name, level.level, elsewhere)
    })
    party.lastSeenNs = now
    party.weight = claimant.weight
    party.ownMinNanocores = claimant.minNanocores
    party.minNanocores = math.max(party.minNanocores, claimant.minNanocores)
    pools.look(claimant.name, claimant.minNanocores, ledger.totalNanocores)
    party
  }

  private def forget(nowNs: Long): Unit = {
    forgottenNs = nowNs
    levels.valuesIterator.foreach(_.forget(nowNs))
    allowances.forget(nowNs)
    levels --= levels.valuesIterator.filter(_.isEmpty).map(_.level).toList
  }

  /** Whether some level's offers have to be made by rank. */
  def isContended: Boolean = isOn && levels.valuesIterator.exists(_.isContended)

  /** The ranks beside [[Rank.within]] that have tasks to launch. */
  def ranksBeyond: Iterator[Rank] =
    if (!isOn) Iterator.empty
    else levels.valuesIterator.filter(_.isContended).map(level => Rank.beyond(level.level))

  /** Cores are offered at this rank from now on. */
  def offering(rank: Rank): Unit = if (isOn) {
    offered = rank
    levels.get(rank.level).foreach(_.eachParty { party =>
      party.roomNanocores =
        if (rank.isWithin) party.freeNanocores else Long.MaxValue
    })
  }

  /** Whether others contend with the task set's party for the cores of its level. */
  def isSharing(manager: TaskSetManager): Boolean = partyOf(manager).exists(!_.isAlone)

  /** The rank that the next task of a set would have. */
  def rankOfNext(manager: TaskSetManager): Rank = {
    val level = PriorityPool.priorityOf(manager)
    val isBeyond = partyOf(manager).exists(party =>
      party.freeNanocores < nanocoresPerTask(manager))
    if (isBeyond) Rank.beyond(level) else Rank.within(level)
  }

  /** The rank of a task that has just been launched, and where its cores are booked. */
  def booked(manager: TaskSetManager): (Rank, Seq[Account]) =
    if (!isOn || holdsNoCore(manager)) (Rank.within(PriorityPool.priorityOf(manager)), Nil)
    else {
      val member = join(manager, clock.nanoTime())
      val rank =
        if (member.party.exists(!_.isAlone) && offered.level == member.level) offered
        else Rank.within(member.level)
      member.booked()
      (rank, member.accounts)
    }

  /** Where a task set's party comes when cores are offered. */
  def turnOf(manager: TaskSetManager): Int = partyOf(manager).fold(0)(_.turn)

  /** The ranks at which tasks of these sets of a level wait, the higher first, and for how many of
   *  a set somebody may be suspended there.
   *
   * @param allowed what limits leave, of which higher levels have had theirs
   */
  def turns(level: Int, managers: Seq[TaskSetManager], allowed: Rooms): Seq[Turn] = {
    val (within, beyond) = (Rank.within(level), Rank.beyond(level))
    if (!isOn) Seq(Turn(within, _ => Int.MaxValue))
    else {
      val isContended = levels.get(level).exists(_.isContended)
      val due = mutable.HashMap.empty[Party, Long]
      // By identity: there may be hundreds of sets, and this is for one round.
      val most = new IdentityHashMap[TaskSetManager, (Int, Int)](managers.size)
      managers.foreach { manager =>
        val nanocores = nanocoresPerTask(manager)
        val member = memberOf(manager)
        val pending = allowed.take(
          TaskSets.countPending(manager), nanocores, member.fold(noAllowances)(_.allowances),
          member.fold(noParts)(_.parts), isApart(manager))
        val parts = member.flatMap(_.party).filter(_ => isContended).fold((pending, 0)) { party =>
          val room = due.getOrElse(party, party.lackingNanocores(comesBack(_, within)))
          val most = math.min(pending.toLong, room / nanocores)
          // What can't be had for larger tasks is for the party's smaller ones.
          val count =
            if (most == 0 || !party.hasWaitingBelow(nanocores)) most.toInt
            else math.min(most, levels(level).slotsFor(nanocores, barredTo(manager))).toInt
          due(party) = room - count * nanocores
          (count, pending - count)
        }
        most.put(manager, parts)
      }
      val turns = Seq(Turn(within, most.get(_)._1), Turn(beyond, most.get(_)._2))
      if (isContended) turns else turns.take(1)
    }
  }

  /** Whether a suspended task has its core back as soon as a lower one is suspended there. */
  private def comesBack(entry: TaskEntry, within: Rank): Boolean =
    entry.task.rank == within && !entry.isManual && {
      levels.get(within.level).exists(_.returnsFirst(entry)) ||
        ledger.pageOf(entry.task.executorId).exists(_.lowestRunning < within)
    }

  /** Why a task is suspended for others of its level, in words. */
  def why(entry: TaskEntry): Option[String] =
    if (!isOn || entry.task.rank.isWithin) None
    else if (entry.task.rank.isHeld) Some("a limit allows no more such tasks")
    else {
      entry.task.accounts.lift(Party.placeOfAccount).map(party =>
        s"the ${party.name} has more than its share of priority ${entry.task.priority}")
    }

  /** What holds a suspended task, if a limit does: "pool etl". */
  def limitHolding(entry: TaskEntry): Option[String] =
    if (entry.task.rank.isHeld) allowances.holding(entry) else None

  /** The limits that allow a task set fewer than so many more tasks, in words. */
  def limitsBelow(manager: TaskSetManager, tasks: Int): Seq[String] =
    memberOf(manager).fold(noAllowances)(_.below(tasks)).map(_.described)

  /** What a task set's tasks are counted as, if that shares cores with others. */
  def partyNameOf(manager: TaskSetManager): Option[String] =
    partyOf(manager).filterNot(_.isAlone).map(_.name)

  /** The parties of all levels, the highest first, in order of their coming. */
  def rows(nowNs: Long): Seq[Map[String, Any]] =
    levels.valuesIterator.toList.sortBy(level => -level.level.toLong).flatMap(_.rows(nowNs))

  private def partyOf(manager: TaskSetManager): Option[Party] =
    memberOf(manager).flatMap(_.party)

  private def memberOf(manager: TaskSetManager): Option[Member] = TaskSets.capOf(manager) match {
    case member: Member => Some(member)
    case _ => None
  }
}

/** A rank at which tasks wait.
 *
 * @param atMost for how many tasks of a set
 */
private[driver] final case class Turn(rank: Rank, atMost: TaskSetManager => Int)

private[sharing] object Shares {
  private val noAllowances = Seq.empty[Allowance]
  private val noParts = Seq.empty[LimitPart]
  private val forgetEveryNs: Long = TimeUnit.MINUTES.toNanos(1)
  /** A query may be without tasks for a while, and is to be no newcomer then. */
  val rememberedNs: Long = TimeUnit.MINUTES.toNanos(10)
}
