package neptune.order

/** How a level shares its cores among those who want them.
 *
 * There is one for each level, with all that it remembers inside. It has no clock: whoever asks
 * says what time it is.
 *
 * THREADING: not thread-safe; the caller guards it.
 */
trait Order {
  /** As users name it. */
  def name: String

  /** What each party is due from now on.
   *
   * To be asked when a quantum ends (see [[Deal.againNs]]), and at once when a party comes, goes,
   * wants less than it is due or more than before, and when cores come or go. Asking more often
   * changes nothing. A party that is left out, or wants nothing, is idle: it loses what it is owed
   * at once, and is forgotten a quantum later; where there is none at all, all are forgotten. Who
   * is left out is taken to have used what it was due, up to now.
   *
   * @param claims one for each party that has work, in order of arrival, and one for each that has
   *               gone since the call before, with what it has used
   * @param capacity nanocores that the level has, for all parties together
   * @param nowNs never earlier than in the call before
   */
  def deal(claims: Seq[Claim], capacity: Long, nowNs: Long): Deal
}

/** Whoever comes first is served first, in the order that Spark's pools have: nobody has a share,
 *  and so nobody is suspended for one.
 */
final class FirstComeFirstServed extends Order {
  override val name: String = "spark"

  override def deal(claims: Seq[Claim], capacity: Long, nowNs: Long): Deal =
    new Deal(claims.iterator.map(c => Due(c.party, c.limit, c.wanted.toDouble, 0L)).toVector, None)
}
