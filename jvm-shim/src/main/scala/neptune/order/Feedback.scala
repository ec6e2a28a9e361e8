package neptune.order

/** Who has used little comes before who has used much: short work needs no one to call it short.
 *
 * A party is a piece of work, and sinks from band to band by the core-time that it has used, as the
 * levels of a multilevel feedback queue (Corbato and others, An Experimental Time-Sharing System,
 * 1962). A band that is in use has twice the share of the next one that is, however many are in
 * it, and these share it by weight, as in [[FairShares]]: so nothing starves.
 *
 * A newcomer, in the first band, is due a task at once, on whatever share, as an advance. The other
 * bands are owed what that takes from them: from the next quantum on they are given it before
 * newcomers are given anything. So newcomers without end keep them waiting for about a quantum, and
 * then have no more than their band's share. Of newcomers that there are not cores enough for,
 * those that came first are served first.
 *
 * @param quantumNs see [[FairShares]]
 * @param bandsCoreNs the core-time from which on a piece of work is in each band; the first is 0,
 *                    and they ascend
 */
final class Feedback(quantumNs: Long, bandsCoreNs: Seq[Long]) extends Order {
  require(
    bandsCoreNs.headOption.contains(0L) &&
      bandsCoreNs.zip(bandsCoreNs.drop(1)).forall { case (one, next) => one < next },
    s"bands must begin with 0 and ascend: ${bandsCoreNs.mkString(", ")}")

  private val dealer = new Dealer(quantumNs)
  private val bands = bandsCoreNs.toArray

  override val name: String = "feedback"

  /** The band of a piece of work that has used so much: 0 is the first. */
  def band(usedCoreNs: Long): Int = math.max(0, bands.lastIndexWhere(_ <= usedCoreNs))

  override def deal(claims: Seq[Claim], capacity: Long, nowNs: Long): Deal = {
    val contenders = dealer.deal(claims, capacity, nowNs, Rule)
    val firstBandFirst = contenders.sortBy(c => (bandOf(c), c.arrival))
    new Deal(SharingRule.dues(firstBandFirst.iterator), dealer.againNs)
  }

  private def bandOf(contender: Contender): Int = band(contender.claim.usedCoreNs)

  private object Rule extends SharingRule {
    override def weigh(contenders: IndexedSeq[Contender]): Unit = {
      val byBand = contenders.groupBy(bandOf).toVector.sortBy(_._1)
      byBand.iterator.zipWithIndex.foreach { case ((_, parties), place) =>
        val weights = parties.iterator.map(_.weight).sum
        parties.foreach(c => c.weight *= math.pow(2.0, -place.toDouble) / weights)
      }
    }

    override def assure(contenders: IndexedSeq[Contender], capacity: Long): Unit = {
      SharingRule.assureMinimums(contenders)
      val (newcomers, others) = contenders.partition(bandOf(_) == 0)
      var left = capacity - kept(others) - newcomers.iterator.map(assured).sum
      // Who is served goes on being served.
      newcomers.filter(_.assuredTasks == 0).sortBy(c => (c.standing.tasks == 0, c.arrival))
        .foreach { c =>
          if (c.nanocores(1) <= left) {
            c.assuredTasks = 1
            left -= c.nanocores(1)
          }
        }
    }

    /** What newcomers must leave to the others: their minimums, and what they are owed since before
     *  this quantum. */
    private def kept(others: IndexedSeq[Contender]): Long = {
      val minimums = others.iterator.map(assured).sum
      if (others.isEmpty) minimums
      else {
        val perTask = others.iterator.map(_.claim.perTask).min
        val most = others.iterator.map(_.share).sum + perTask
        val owed = others.iterator.map(_.standing.settledCoreNs).sum * Dealer.core / quantumNs
        val tasks = math.floor(math.max(0.0, math.min(owed, most)) / perTask + Contender.hair)
        math.max(minimums, tasks.toLong * perTask)
      }
    }

    private def assured(contender: Contender): Long = contender.nanocores(contender.assuredTasks)
  }
}
