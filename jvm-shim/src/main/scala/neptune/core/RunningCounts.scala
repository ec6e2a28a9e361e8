package neptune.core

/** How many tasks of each rank run that nobody has asked to suspend. */
private[core] final class RunningCounts {
  private val counts = new Counts[Long]
  private var lowestOne = Rank.none.order
  private var all = 0

  def add(rank: Rank, more: Int): Unit = {
    all += more
    val count = counts.add(rank.order, more)
    if (count > 0) lowestOne = math.min(lowestOne, rank.order)
    else if (rank.order == lowestOne) {
      lowestOne = counts.kinds.foldLeft(Rank.none.order)(math.min)
    }
  }

  def size: Int = all

  /** The lowest rank of any; [[Rank.none]] if there is none. Kept ready: it is asked for in each
   *  round, and of each of ten thousand executors. */
  def lowest: Rank = Rank.of(lowestOne)
}
