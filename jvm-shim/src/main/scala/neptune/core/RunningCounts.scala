package neptune.core

/** How many tasks of each priority run that nobody has asked to suspend. */
private[core] final class RunningCounts {
  private val counts = new Counts[Int]
  private var lowestOne = Int.MaxValue

  def add(priority: Int, more: Int): Unit = {
    val count = counts.add(priority, more)
    if (count > 0) lowestOne = math.min(lowestOne, priority)
    else if (priority == lowestOne) lowestOne = counts.kinds.foldLeft(Int.MaxValue)(math.min)
  }

  /** The lowest priority of any; Int.MaxValue if there is none. Kept ready: it is asked for in each
   *  round, and of each of ten thousand executors. */
  def lowest: Int = lowestOne
}
