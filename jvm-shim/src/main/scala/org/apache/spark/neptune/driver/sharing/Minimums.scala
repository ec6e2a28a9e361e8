package org.apache.spark.neptune.driver.sharing

import scala.collection.mutable

import neptune.core.Nanocores
import neptune.order.SharedMinimum

import org.apache.spark.neptune.driver.priorities.ToldOnce
import org.apache.spark.neptune.settings.{Limiter, Settings}

/** What parties are assured of by limits with a `minCores`: all that one of these binds have that
 *  together.
 *
 * THREADING: under the scheduler's lock.
 */
private[sharing] final class Minimums {
  import Minimums._

  /** What each party's tasks need that the limit binds; as of this round. */
  private val wanted = mutable.LinkedHashMap.empty[Allowance, mutable.LinkedHashMap[Party, Long]]
  private val once = new ToldOnce

  def beginRound(): Unit = wanted.clear()

  /** @param party whose the tasks are
   *  @param nanocores what they need
   */
  def wants(allowances: Seq[Allowance], party: Party, nanocores: Long): Unit =
    allowances.foreach { allowance =>
      if (allowance.limiter.minCores.isDefined) {
        val byParty = wanted.getOrElseUpdate(allowance, mutable.LinkedHashMap.empty)
        byParty(party) = byParty.getOrElse(party, 0L) + nanocores
      }
    }

  /** Raises what parties are assured of. Several limits of one party do not add up. */
  def deal(totalNanocores: Long): Unit = wanted.foreach { case (allowance, byParty) =>
    val least = allowance.limiter.minCores.fold(0L)(_.nanocores(totalNanocores))
    once.tell(shortage(allowance.limiter, totalNanocores), settingOf(allowance.limiter))
    SharedMinimum.parts(least, byParty.values.toSeq).iterator.zip(byParty.keysIterator)
      .foreach { case (part, party) => party.minNanocores = math.max(party.minNanocores, part) }
  }

  /** These bind tasks of a level whose cores nobody shares. */
  def unused(allowances: Seq[Allowance], level: Int): Unit = allowances.foreach { allowance =>
    once.tell(uselessness(allowance.limiter, level), s"${settingOf(allowance.limiter)} at $level")
  }
}

private[sharing] object Minimums {
  /** What is to be said of one that is more than all cores, if it is. */
  def shortage(limiter: Limiter, totalNanocores: Long): Option[String] =
    limiter.minCores.filter(_.nanocores(totalNanocores) > totalNanocores && totalNanocores > 0)
      .map(_ =>
        s"${settingOf(limiter)}, but all executors together have " +
          s"${Nanocores.toCores(totalNanocores)} cores now: while its jobs have enough work, " +
          "they get all of them, and jobs of their level that are assured of nothing get none; " +
          "lower it, unless more executors will join.")

  /** The same where there are no shares to raise. */
  def uselessness(limiter: Limiter, level: Int): Option[String] = limiter.minCores.map(_ =>
    s"${settingOf(limiter)}, which has no effect on jobs of priority $level, whose order " +
      s"is spark: set spark.neptune.order (or spark.neptune.level.$level.order) to fair or " +
      "feedback, or remove it.")

  /** The setting that it has its least cores from, and what that is. */
  private def settingOf(limiter: Limiter): String = {
    val key = limiter.name match {
      case ofRule(name) => s"${Settings.prefix}rule.$name.minCores"
      case _ => Settings.JobMinCores
    }
    s"$key is ${limiter.minCores.mkString}"
  }

  private val ofRule = Limiter.nameOf("rule", "(?s)(.*)").r
}
