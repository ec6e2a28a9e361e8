package org.apache.spark.neptune.driver.sharing

import scala.collection.mutable

import neptune.core.{Account, CoreLedger, Nanocores, Rank, TaskEntry}
import neptune.order.{Claim, Order}

/** A level, and the parties that share its cores.
 *
 * THREADING: under the scheduler's lock.
 *
 * @param ledger that of its tasks
 * @param mayYield whether a running task may be suspended now for tasks of this level
 * @param order None: the level shares nothing, but others get only what it leaves
 */
private[sharing] final class Level(
    ledger: CoreLedger, val level: Int, val order: Option[Order],
    mayYield: TaskEntry => Boolean) {
  /** What all its tasks hold, those that are apart, too. */
  val all: Account = new Account(level.toString)
  /** Those that have or lately had work. */
  private val parties = mutable.LinkedHashMap.empty[String, Party]
  /** Those that have none, and are remembered: they may be many thousands, which no round is to
   *  look at. */
  private val resting = mutable.HashMap.empty[String, Party]
  private var comings = 0L
  private var lastRoundNs = Option.empty[Long]
  private val exchanges = new Exchanges(ledger, level, mayYield)
  /** The cores that its waiting tasks need; as of this round. */
  var pendingNanocores: Long = 0L
  /** Whether there is a task set in this round, which a limit may leave nothing. */
  var isUsed: Boolean = false
  /** What its tasks over a limit have. */
  private var overNanocores = 0L
  private var contend = false
  private val dealt = new Dealt[Party]

  /** Whether several have work, so that some may be beyond what is due to them. Who is apart comes
   *  first: else it might never find all the cores that it needs at once. */
  def isContended: Boolean = contend
  def eachParty(act: Party => Unit): Unit = parties.valuesIterator.foreach(act)
  def isEmpty: Boolean = parties.isEmpty && resting.isEmpty && all.size == 0 && !isUsed
  def get(name: String): Option[Party] = parties.get(name).orElse(resting.get(name))

  def party(name: String, make: => Party): Party = parties.getOrElseUpdate(
    name, resting.remove(name).getOrElse {
      val party = make
      comings += 1
      party.arrival = comings
      party
    })

  /** It has work in this round. */
  def sees(party: Party, nowNs: Long): Unit = {
    party.lastSeenNs = nowNs
    resting.remove(party.name).foreach(_ => parties(party.name) = party)
  }

  /** @param nowNs as those that have work are seen in this round */
  def beginRound(nowNs: Long): Unit = {
    val idle = parties.valuesIterator
      .filter(party => party.account.size == 0 && !lastRoundNs.contains(party.lastSeenNs)).toList
    idle.foreach { party =>
      parties.remove(party.name)
      party.holdNothing()
      resting(party.name) = party
    }
    lastRoundNs = Some(nowNs)
    pendingNanocores = 0L
    isUsed = false
    eachParty(_.beginRound())
  }

  /** Cores that its tasks hold, have lent, or wait for; but not those over a limit. */
  def wantedNanocores: Long = all.liveNanocores - overNanocores + pendingNanocores

  /** None of its tasks is over a limit, as far as is known. */
  def holdNothing(): Unit = {
    overNanocores = 0L
    eachParty(_.holdNothing())
  }

  def hold(entry: TaskEntry): Unit = {
    overNanocores += entry.task.nanocores
    // There may be thousands of tasks, and hundreds of parties.
    entry.task.accounts.lift(Party.placeOfAccount)
      .flatMap(account => parties.get(account.name).filter(_.account eq account))
      .foreach(_.hold(entry.task.nanocores))
  }

  /** Deals the cores that higher levels leave of all, if there is any need to.
   *
   * @return in how many nanoseconds to deal anew, if several want them
   */
  def deal(totalNanocores: Long, leftNanocores: Long, nowNs: Long): Option[Long] =
    order.flatMap(deal(_, totalNanocores, leftNanocores, nowNs))

  private def deal(
      order: Order, totalNanocores: Long, leftNanocores: Long, nowNs: Long): Option[Long] = {
    val asking = parties.valuesIterator.filter(_.wantedNanocores > 0).toVector.sortBy(_.arrival)
    var asked = 0L
    asking.foreach { party =>
      party.lastSeenNs = nowNs
      asked += party.wantedNanocores
    }
    val apart = wantedNanocores - asked
    contend = asking.size > 1 || asking.nonEmpty && apart > 0
    if (contend) {
      // Also what higher levels want and cannot use, as long as this one has it.
      val had = if (leftNanocores < totalNanocores) hadNanocores(totalNanocores) else 0L
      val capacity = math.max(0L, math.max(had, leftNanocores) - apart)
      // In most rounds nothing is new; but each party has to note what it asks for.
      val areNew = asking.count(_.asksAnew(capacity)) > 0
      if (areNew || !dealt.holds(asking, capacity, nowNs)) {
        dealAnew(order, asking, capacity, nowNs)
      }
      dealt.againIn(nowNs)
    } else {
      asking.foreach(_.dueNanocores = Long.MaxValue)
      // Others may be back in a moment: what they and this one owe each other is to last till then.
      if (!dealt.isEmpty) {
        order.deal(claimsOf(asking, totalNanocores, nowNs), totalNanocores, nowNs)
      }
      dealt.forget()
      None
    }
  }

  /** What its tasks hold, and the cores that some of them have yielded to others of the level,
   *  until somebody takes these: else the others would be due them no more as soon as they are
   *  idle, who yielded would have them back, and yield them again, without end. After a rescue that
   *  may be more than there is. */
  private def hadNanocores(totalNanocores: Long): Long = {
    val yielded = if (all.tasksHolding < all.size) ledger.yieldedNanocores(level) else 0L
    math.min(all.heldNanocores + yielded, totalNanocores)
  }

  /** Those that ask, and those that have gone since cores were last dealt: what these have used
   *  since then is told this once. */
  private def claimsOf(asking: Seq[Party], capacity: Long, nowNs: Long): Seq[Claim] = {
    val gone = dealt.parties.filter(_.wantedNanocores <= 0)
    (asking.iterator ++ gone).map(claimOf(_, capacity, nowNs)).toVector
  }

  private def claimOf(party: Party, capacity: Long, nowNs: Long): Claim = Claim(
    party.name, party.weight, party.minNanocores, Long.MaxValue,
    party.nanocoresPerTask(capacity), party.account.heldNanocores, party.wantedNanocores,
    party.usedCoreNs(nowNs))

  private def dealAnew(
      order: Order, asking: IndexedSeq[Party], capacity: Long, nowNs: Long): Unit = {
    val deal = order.deal(claimsOf(asking, capacity, nowNs), capacity, nowNs)
    deal.dues.iterator.zipWithIndex.foreach { case (due, turn) =>
      parties.get(due.party).foreach { party =>
        party.dueNanocores = due.nanocores
        party.turn = turn
      }
    }
    dealt.note(asking, capacity, deal.againNs)
  }

  def rows(nowNs: Long): Seq[Map[String, Any]] = inOrder.map { party =>
    Map[String, Any](
      "priority" -> level,
      "party" -> party.name,
      "weight" -> party.weight,
      "cores_held" -> Nanocores.toCores(party.account.heldNanocores),
      "cores_wanted" -> Nanocores.toCores(party.wantedNanocores),
      "cores_due" -> coresDue(party),
      "used_core_s" -> party.usedCoreNs(nowNs) / 1e9)
  }

  /** None are due to a party that has nothing to run, which nobody deals any to: what it was due
   *  when it last had is over. Null: all that there are. */
  private def coresDue(party: Party): Any =
    if (party.wantedNanocores <= 0) 0.0
    else if (party.isAlone) null
    else Nanocores.toCores(party.dueNanocores)

  /** All that are known, in order of their coming. */
  private def inOrder: Seq[Party] =
    (parties.valuesIterator ++ resting.valuesIterator).toList.sortBy(_.arrival)

  /** For how many tasks that need so much there are cores on one executor each, if all yield that
   *  are below them and may.
   *
   * @param barred the executors that take no such task
   */
  def slotsFor(nanocores: Long, barred: Set[String]): Long = {
    val within = Rank.within(level)
    def mayYieldTo(entry: TaskEntry): Boolean =
      entry.task.rank < within && entry.isRunning && entry.task.suspendable && mayYield(entry)
    ledger.pagesBut(barred).map { page =>
      val victims =
        if (page.lowestRunning < within) page.tasks.filter(mayYieldTo).map(_.task.nanocores).sum
        else 0L
      val coming = ledger.incomingNanocores(page.executorId, within)
      math.max(0L, page.spareNanocores(within) + coming + victims) / nanocores
    }.sum
  }

  /** Whether a core comes free for the suspended task on its executor. */
  def returnsFirst(entry: TaskEntry): Boolean = exchanges.returnsFirst(entry)

  /** Gives tasks their ranks where anything has changed.
   *
   * @return whether anything has
   */
  def rank(): Boolean = {
    val isToRank = parties.valuesIterator.exists(_.isToRank) || exchanges.isToLookAgain
    if (isToRank) {
      val matched =
        if (contend) exchanges.look(parties.valuesIterator)
        else {
          exchanges.forget()
          Set.empty[Party]
        }
      eachParty(party => if (party.isToRank || matched(party)) party.rank(ledger, exchanges))
    }
    isToRank
  }

  /** Forgets parties that have had no work for long. */
  def forget(nowNs: Long): Unit = resting --= resting.valuesIterator
    .filter(nowNs - _.lastSeenNs > Shares.rememberedNs).map(_.name).toList
}
