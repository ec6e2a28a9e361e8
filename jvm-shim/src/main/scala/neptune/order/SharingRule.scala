package neptune.order

/** What makes an order of the fair ones. */
private[order] trait SharingRule {
  /** Sets the contenders' weights. */
  def weigh(contenders: IndexedSeq[Contender]): Unit

  /** Sets what tasks they are due whatever they owe, together at most the capacity; shares are
   *  set by then. */
  def assure(contenders: IndexedSeq[Contender], capacity: Long): Unit
}

private[order] object SharingRule {
  /** Every party is assured of its minimum, as far as all minimums can be had. */
  def assureMinimums(contenders: IndexedSeq[Contender]): Unit =
    contenders.foreach(c => c.assuredTasks = c.tasksIn(math.min(c.min, c.share)))

  /** What they are due, in this order. */
  def dues(contenders: Iterator[Contender]): IndexedSeq[Due] =
    contenders.map { c =>
      Due(c.claim.party, c.due, c.share, math.round(c.standing.owedCoreNs))
    }.toVector
}
