package org.apache.spark.neptune.driver.sharing

import scala.collection.mutable

import neptune.core.{Account, TaskEntry}
import neptune.order.Order

/** Shares the cores of one limit among the parties of a level that want more of them than it
 *  allows, by the level's order, as all cores are shared among all parties. Otherwise a user's
 *  short query would wait for that user's long one, which holds all that the user may have.
 *
 * Who has more than is due makes room, as far as others lack it: its tasks are held, and are none
 * of those who have the limit's cores.
 *
 * Not where some of its tasks have other limits, too: these might hold them all the same. Nor while
 * tasks wait that start together: there might never be room for all of them. Nor among several
 * levels: each would count on what the other one is about to take.
 *
 * THREADING: under the scheduler's lock.
 *
 * @param account the tasks that the limit binds
 * @param orders those of levels
 */
private[sharing] final class LimitShares(account: Account, orders: Orders) {
  private val parts = mutable.LinkedHashMap.empty[Party, LimitPart]
  private var orderInUse = Option.empty[(Int, Order)]
  private var level = Option.empty[Int]
  private var makeRoom = Vector.empty[TaskEntry]
  private val dealt = new Dealt[LimitPart]

  /** Whether its cores may be shared, as of this round. */
  var mayBeShared: Boolean = true
  /** Whether several contend for its cores, as of this round. */
  var areContended: Boolean = false

  def part(party: Party, nowNs: Long): LimitPart = parts.getOrElseUpdate(
    party, new LimitPart(
      s"${account.name}, ${party.name} of ${party.level}", account, party,
      party.usedCoreNs(nowNs)))

  def beginRound(): Unit = {
    mayBeShared = true
    level = None
    parts.valuesIterator.foreach(_.beginRound())
  }

  /** In this round it binds tasks of a level.
   *
   * @param alone whether somebody can be told to make room for them, and they for others
   */
  def binds(itsLevel: Int, alone: Boolean): Unit = {
    if (!alone || level.exists(_ != itsLevel)) mayBeShared = false
    level = Some(itsLevel)
  }

  /** Deals its cores, once all that waits is known.
   *
   * @param most how many there are
   * @param isChanged whether those that run are to keep to it, too, and not only who starts
   * @param places of its tasks
   * @return in how many nanoseconds to deal anew, if need be
   */
  def deal(most: Long, isChanged: Boolean, places: TaskPlaces, nowNs: Long): Option[Long] = {
    // A server may have a limit for each of hundreds of users, most of whom have nothing to start.
    val mayBe =
      mayBeShared && (account.barredNanocores > 0 || parts.valuesIterator.exists(_.isWaiting))
    val asking =
      if (mayBe) parts.valuesIterator.filter(_.wantedNanocores > 0).toVector else Vector.empty
    val wereContended = areContended
    areContended = false
    val before = makeRoom
    makeRoom = Vector.empty
    val again = dealAmong(asking, most, isChanged, places, nowNs)
    if (!areContended) {
      // What parties owe each other is over with that.
      orderInUse = None
      dealt.forget()
      if (wereContended) parts.valuesIterator.foreach(_.dueNanocores = Long.MaxValue)
      val back = new LimitSwaps(places).firstOf(before).filter(comesBack(most)).toSet
      makeRoom = before.filterNot(back)
    }
    again
  }

  /** Whether there is room again for one that has made some; it may also be over, or be bound by
   *  another limit instead. */
  private def comesBack(most: Long): TaskEntry => Boolean = {
    var spare = most - (account.liveNanocores - account.barredNanocores)
    var hasNone = account.tasksBarred == account.size
    entry => !entry.task.rank.isHeld || !entry.task.accounts.exists(_ eq account) || {
      val fits = entry.task.nanocores <= spare || hasNone
      if (fits) spare -= entry.task.nanocores
      hasNone &= !fits
      fits
    }
  }

  private def dealAmong(
      mine: Vector[LimitPart], most: Long, isChanged: Boolean, places: TaskPlaces,
      nowNs: Long): Option[Long] = {
    val counted = mine.iterator.map(_.countedNanocores).sum
    val others = account.liveNanocores - account.barredNanocores - counted
    // A limit that is too low for a task allows one.
    val least = if (others > 0 || mine.isEmpty) 0L else mine.iterator.flatMap(_.sizes).min
    val capacity = math.max(least, most - others)
    if (mine.size < 2 || mine.iterator.map(_.wantedNanocores).sum <= capacity) None
    else {
      orderOf(mine.head.party.level).flatMap { order =>
        areContended = true
        dealOut(order, mine, capacity, nowNs)
        val lacking = mine.iterator.map(_.lackingNanocores).sum
        // A share that gets smaller with the cluster lets go on what runs.
        val spare = if (isChanged) capacity - counted else math.max(0L, capacity - counted)
        val swaps = new LimitSwaps(places)
        swaps.look(mine)
        makeRoom =
          whoMakesRoom(mine.flatMap(_.beyond(places.mayYield, swaps)), lacking - spare, swaps)
        dealt.againIn(nowNs)
      }
    }
  }

  /** What is due to each, anew if anything is. */
  private def dealOut(
      order: Order, mine: Vector[LimitPart], capacity: Long, nowNs: Long): Unit = {
    // Each has to note what it asks for.
    val areNew = mine.count(_.asksAnew(capacity)) > 0
    if (areNew || !dealt.holds(mine, capacity, nowNs)) {
      val deal = order.deal(mine.map(_.claim(capacity, nowNs)), capacity, nowNs)
      mine.foreach(part => part.dueNanocores = deal.of(part.account.name))
      dealt.note(mine, capacity, deal.againNs)
    }
    parts.valuesIterator.filter(_.wantedNanocores <= 0).foreach(_.dueNanocores = 0L)
  }

  private def orderOf(level: Int): Option[Order] =
    orderInUse.collect { case (`level`, order) => order }.orElse {
      val made = orders.make(level)
      orderInUse = made.map(level -> _)
      made
    }

  /** Of those beyond what is due to their parties as many as others lack, and those that have made
   *  room before, as long as they would only have to do so again.
   *
   * @param shortNanocores what others lack; less than zero if there is more room than that
   */
  private def whoMakesRoom(
      beyond: Vector[TaskEntry], shortNanocores: Long, swaps: LimitSwaps): Vector[TaskEntry] = {
    val (held, others) = beyond.partition(_.task.rank.isHeld)
    var spare = math.max(0L, -shortNanocores)
    val (coming, gone) = held.partition(_.holdsCore)
    val still = swaps.firstOf(gone.reverse).filterNot { entry =>
      val fits = entry.task.nanocores <= spare
      if (fits) spare -= entry.task.nanocores
      fits
    }
    var short = shortNanocores - coming.map(_.task.nanocores).sum
    val more = others.filterNot(_.isManual).takeWhile { entry =>
      val isNeeded = short > 0
      short -= entry.task.nanocores
      isNeeded
    }
    still ++ coming ++ more
  }

  /** The tasks that make room for others of their level. */
  def over: Seq[TaskEntry] = makeRoom

  /** Forgets the parts of parties that are not here in this round. */
  def forget(nowNs: Long): Unit = parts --= parts.iterator.collect {
    case (party, part) if part.account.size == 0 && party.lastSeenNs != nowNs => party
  }.toList
}
