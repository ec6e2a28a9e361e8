package neptune.order

import scala.collection.mutable

/** Deals cores in quanta, by core-time owed: what the fair orders have in common.
 *
 * A party is owed its share of the core-time that all have used together, less what it has used
 * itself: deficit round robin (Shreedhar and Varghese, Efficient Fair Queueing Using Deficit Round
 * Robin, SIGCOMM 1995), with weights as in stride scheduling, whose virtual time, too, passes with
 * service, not with the clock (Waldspurger and Weihl, Stride Scheduling, MIT/LCS/TM-528, 1995). As
 * the debts of some are what others are owed, all sum up to nothing, and what nobody could use is
 * owed to nobody. In each quantum a party is to have its share, and what it was owed when that
 * began. Tasks are whole, so more or less of them becomes the next quantum's debt. It is bounded by
 * a quantum's share, or by one task for a quantum where that is more: who could not use its cores
 * for long does not get all of them back.
 *
 * While there are cores for all, nobody owes anything.
 */
private[order] final class Dealer(quantumNs: Long) {
  import Dealer._

  private val standings = mutable.HashMap.empty[String, Standing]
  private var quantumSinceNs = 0L
  private var dealtNs = 0L
  /** When cores were last dealt while they were short. */
  private var shortSinceNs = 0L
  private var isShort = false
  private var isNewQuantum = false

  /** @return those that have work, with what they are due */
  def deal(
      claims: Seq[Claim], capacity: Long, nowNs: Long, rule: SharingRule): IndexedSeq[Contender] = {
    isNewQuantum = standings.isEmpty || nowNs - quantumSinceNs >= quantumNs
    val contenders = admit(claims, nowNs)
    dealtNs = nowNs
    if (isShort) account()
    forget(nowNs)
    if (isNewQuantum) {
      quantumSinceNs = nowNs
      standings.valuesIterator.foreach(s => s.settledCoreNs = s.owedCoreNs)
    }
    rule.weigh(contenders)
    share(contenders, capacity.toDouble)
    // Whoever is alone keeps nobody waiting, however many tasks it has.
    val isAlone = contenders.size == 1
    isShort = !isAlone && contenders.iterator.map(_.usable.toDouble).sum > capacity
    if (isShort) shortSinceNs = nowNs
    rule.assure(contenders, capacity)
    new WholeTasks(contenders, capacity, quantumNs).deal()
    contenders.foreach(record(_, nowNs, isAlone))
    contenders
  }

  /** When the quantum ends, if anybody waits for that. */
  def againNs: Option[Long] = if (isShort) Some(quantumSinceNs + quantumNs) else None

  /** Those that have work; of all that are known, what they have used since the last deal. */
  private def admit(claims: Seq[Claim], nowNs: Long): IndexedSeq[Contender] = {
    standings.valuesIterator.foreach(_.goesUntold(nowNs - dealtNs))
    val contenders = Vector.newBuilder[Contender]
    var arrival = 0
    claims.foreach { claim =>
      val hasWork = claim.usable > 0
      val known =
        if (hasWork) Some(standings.getOrElseUpdate(claim.party, new Standing(claim.usedCoreNs)))
        else standings.get(claim.party)
      known.foreach { standing =>
        standing.told(claim.usedCoreNs)
        if (hasWork) {
          standing.hasWork = true
          standing.seenNs = nowNs
          val isKeeping = !isNewQuantum || nowNs - standing.risenNs < quantumNs
          contenders += new Contender(claim, arrival, standing, isKeeping)
          arrival += 1
        }
      }
    }
    contenders.result()
  }

  /** Charges what was used since the last deal, and shares it out by the shares that held since. */
  private def account(): Unit = {
    val parties = standings.valuesIterator.toArray
    val used = parties.iterator.map(_.newlyUsed).sum
    val shares = parties.iterator.map(_.share).sum
    if (used > 0 && shares > 0) {
      parties.foreach(s => s.owedCoreNs += used * s.share / shares - s.newlyUsed)
      bound(parties)
    }
  }

  /** What goes beyond a party's bound falls to the others, by their shares: else what is owed to
   *  one that cannot use it would be the debt of all others for ever. */
  private def bound(parties: Array[Standing]): Unit = {
    var beyond = 0.0
    var shares = 0.0
    parties.foreach { s =>
      val within = s.boundedCoreNs
      if (within == s.owedCoreNs) shares += s.share
      beyond += s.owedCoreNs - within
    }
    if (beyond != 0.0) {
      parties.foreach { s =>
        if (s.boundedCoreNs == s.owedCoreNs && shares > 0)
          s.owedCoreNs += beyond * s.share / shares
        s.owedCoreNs = s.boundedCoreNs
      }
    }
  }

  /** Of those that have no work now: what they were owed at once, what they owe a quantum later.
   *  Of all, what is owed from when cores were short. */
  private def forget(nowNs: Long): Unit = {
    val gone = standings.iterator.collect {
      case (party, s) if !s.hasWork && nowNs - s.seenNs >= quantumNs => party
    }.toList
    standings --= gone
    if (!standings.valuesIterator.exists(_.hasWork)) standings.clear()
    standings.valuesIterator.filterNot(_.hasWork).foreach(_.rests())
    if (!isShort && nowNs - shortSinceNs >= quantumNs) standings.valuesIterator.foreach(_.settles())
  }

  private def share(contenders: IndexedSeq[Contender], capacity: Double): Unit = {
    val shares = WaterFilling.shares(
      contenders.iterator.map(_.weight).toArray, contenders.iterator.map(_.min).toArray,
      contenders.iterator.map(_.usable.toDouble).toArray, capacity)
    contenders.foreach { c =>
      c.share = shares(c.arrival)
      c.standing.share = c.share
      c.standing.boundCoreNs = quantumNs * math.max(c.share, c.claim.perTask.toDouble) / core
      c.standing.owedCoreNs = c.standing.boundedCoreNs
    }
  }

  /** @param isAlone what it has as long as nobody else comes is not to be kept from a newcomer */
  private def record(contender: Contender, nowNs: Long, isAlone: Boolean): Unit = {
    val standing = contender.standing
    if (contender.tasks > standing.tasks) standing.risenNs = nowNs
    standing.tasks = if (isAlone) 0 else contender.tasks
    standing.due = contender.due
  }
}

private[order] object Dealer {
  /** Nanocores of a core. */
  val core: Double = 1e9
}
