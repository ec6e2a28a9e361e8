package org.apache.spark.neptune.driver.sharing

import scala.collection.mutable

import neptune.core.{Account, TaskEntry}
import neptune.order.Order

/** Shares the cores of one limit among those who want more of them than it allows: a higher level
 *  comes before a lower one, and the parties of a level have its order among themselves, as all
 *  parties have for all cores. Otherwise a user's short query would wait for that user's long one,
 *  which holds all that the user may have.
 *
 * Who has more than is due has tasks over the limit. These are suspended, and are none of those who
 * hold its cores.
 *
 * THREADING: under the scheduler's lock.
 *
 * @param account the tasks that the limit binds
 * @param orders those of levels
 */
private[sharing] final class LimitShares(account: Account, orders: Orders) {
  private val parts = mutable.LinkedHashMap.empty[(Int, Option[Party]), LimitPart]
  private val ordersInUse = mutable.HashMap.empty[Int, Order]

  /** Whether several contend for its cores, as of this round. */
  var areContended: Boolean = false

  def part(level: Int, party: Option[Party], nowNs: Long): LimitPart =
    parts.getOrElseUpdate((level, party), {
      val name = s"${account.name}, ${party.fold("none")(_.name)} of $level"
      new LimitPart(name, account, level, party, party.fold(0L)(_.usedCoreNs(nowNs)))
    })

  def beginRound(): Unit = parts.valuesIterator.foreach(_.beginRound())

  /** Deals its cores, once all that waits is known.
   *
   * @param most how many there are
   * @return in how many nanoseconds to deal anew, if need be
   */
  def deal(most: Long, nowNs: Long): Option[Long] = {
    val asking = parts.valuesIterator.filter(_.wantedNanocores > 0).toVector
    areContended = asking.size > 1 && asking.iterator.map(_.wantedNanocores).sum > most &&
      (account.barredNanocores > 0 || asking.exists(_.isWaiting))
    parts.valuesIterator.foreach(_.dueNanocores = if (areContended) 0L else Long.MaxValue)
    if (!areContended) None
    else {
      // A limit that is too low for a task allows one.
      var left = math.max(most, asking.iterator.map(_.perTask).max)
      asking.groupBy(_.level).toSeq.sortBy { case (level, _) => -level.toLong }
        .flatMap { case (level, mine) =>
          val again = dealAt(level, mine, left, nowNs)
          left -= math.min(left, mine.iterator.map(_.dueNanocores).sum)
          again
        }.reduceOption(_ min _)
    }
  }

  private def dealAt(
      level: Int, mine: Seq[LimitPart], mostNanocores: Long, nowNs: Long): Option[Long] = {
    var left = mostNanocores
    val (sharing, apart) = mine.partition(_.party.isDefined)
    // As at the level itself: who is in no party comes first.
    apart.foreach { part =>
      part.dueNanocores = math.min(part.wantedNanocores, left)
      left -= part.dueNanocores
    }
    if (sharing.isEmpty) None
    else {
      ordersInUse.get(level).orElse(orders.make(level).map { made =>
        ordersInUse(level) = made
        made
      }).flatMap { order =>
        val deal = order.deal(sharing.map(_.claim(nowNs)), left, nowNs)
        sharing.foreach(part => part.dueNanocores = deal.of(part.account.name))
        deal.againNs.map(_ - nowNs)
      }
    }
  }

  /** The tasks of those that have more than is due to them, and the highest level for which they
   *  are to make room. */
  def over: Seq[(TaskEntry, Int)] = if (!areContended) Nil else {
    val highest = parts.valuesIterator.filter(_.isServed).map(_.level).reduceOption(_ max _)
    parts.valuesIterator
      .flatMap(part => part.over.map(_ -> highest.fold(part.level)(math.max(_, part.level))))
      .toList
  }

  /** Forgets the parts of parties that are not here in this round. */
  def forget(nowNs: Long): Unit = {
    parts --= parts.iterator.collect {
      case (key, part) if part.account.size == 0 && part.party.exists(_.lastSeenNs != nowNs) => key
    }.toList
  }
}
