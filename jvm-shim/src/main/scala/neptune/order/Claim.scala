package neptune.order

/** What one party wants of a level's cores at one moment; cores are counted in nanocores.
 *
 * @param party whose it is: a pool, or a piece of work
 * @param weight a party of twice the weight is due twice as much; more than zero
 * @param min what it is due before others are, as far as it wants that much (`minShare`,
 *            `minCores`). Where these take all cores, parties without one are due nothing.
 * @param most what it may have (`maxCores`); Long.MaxValue: no limit. One that is too low for a
 *             task allows one: else the party would wait for ever.
 * @param perTask what each of its tasks needs
 * @param held what its tasks hold: of equal parties those that hold less are served first
 * @param wanted what its tasks that run, are suspended, or wait to be launched need; only those
 *               that may run (no other limit forbids it), or the party is due what it cannot use
 * @param usedCoreNs core-time that its tasks have used since the party came: nanoseconds times
 *                   cores
 */
final case class Claim(
    party: String,
    weight: Double,
    min: Long,
    most: Long,
    perTask: Long,
    held: Long,
    wanted: Long,
    usedCoreNs: Long) {

  /** The limit, in whole tasks. */
  private[order] def limit: Long =
    if (most == Long.MaxValue || most <= 0L) most
    else math.max(perTask, most - most % perTask)

  /** What it could use now: the last task may be a smaller one. */
  private[order] def usable: Long = math.max(0L, math.min(wanted, limit))
}

/** What a party is due.
 *
 * @param nanocores what its tasks are due to hold: whole tasks
 * @param shareNanocores what it would be due if cores could be divided at will
 * @param owedCoreNs core-time that it is owed, less than zero if it owes some
 */
final case class Due(party: String, nanocores: Long, shareNanocores: Double, owedCoreNs: Long)

/** What all parties are due until the next deal.
 *
 * @param dues those who are to launch first come first
 * @param againNs when to deal again, if nothing else makes it necessary before; None: nobody lacks
 *                cores
 */
final class Deal(val dues: IndexedSeq[Due], val againNs: Option[Long]) {
  private lazy val byParty = dues.iterator.map(d => d.party -> d.nanocores).toMap

  /** What the party is due, in nanocores; nothing, if it made no claim. */
  def of(party: String): Long = byParty.getOrElse(party, 0L)

  override def toString: String =
    dues.iterator.map(d => s"${d.party}=${d.nanocores}").mkString("Deal(", ", ", ")")
}
