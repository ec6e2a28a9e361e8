package neptune.core

import scala.collection.mutable

/** How many tasks of each priority run that nobody has asked to suspend. */
private[core] final class RunningCounts {
  private val counts = mutable.HashMap.empty[Int, Int]
  private var lowestOne = Int.MaxValue

  def add(priority: Int, more: Int): Unit = {
    val count = counts.getOrElse(priority, 0) + more
    if (count > 0) {
      counts(priority) = count
      lowestOne = math.min(lowestOne, priority)
    } else {
      counts.remove(priority)
      if (priority == lowestOne) {
        lowestOne = counts.keysIterator.minOption.getOrElse(Int.MaxValue)
      }
    }
  }

  /** The lowest priority of any; Int.MaxValue if there is none. Kept ready: it is asked for in each
   *  round, and of each of ten thousand executors. */
  def lowest: Int = lowestOne
}
