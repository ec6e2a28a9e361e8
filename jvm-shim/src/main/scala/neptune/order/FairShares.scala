package neptune.order

/** Every party has its share by weight, measured in core-time; see [[Dealer]].
 *
 * Parties that want less than their share leave the rest to the others. Who is owed most launches
 * first.
 *
 * @param quantumNs how long a party keeps a core that others are owed a share of, in nanoseconds
 */
final class FairShares(quantumNs: Long) extends Order {
  private val dealer = new Dealer(quantumNs)

  override val name: String = "fair"

  override def deal(claims: Seq[Claim], capacity: Long, nowNs: Long): Deal = {
    val contenders = dealer.deal(claims, capacity, nowNs, FairShares.Rule)
    val mostOwedFirst = contenders.sortBy(c => (-c.standing.owedCoreNs, c.arrival))
    new Deal(SharingRule.dues(mostOwedFirst.iterator), dealer.againNs)
  }
}

private object FairShares {
  object Rule extends SharingRule {
    override def weigh(contenders: IndexedSeq[Contender]): Unit = ()

    override def assure(contenders: IndexedSeq[Contender], capacity: Long): Unit =
      SharingRule.assureMinimums(contenders)
  }
}
