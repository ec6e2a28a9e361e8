package neptune.core

import scala.collection.mutable

/** How many tasks of each priority run that nobody has asked to suspend. */
private[core] final class RunningCounts {
  private val counts = mutable.HashMap.empty[Int, Int]
  private var lowestOne = Int.MaxValue

  def add(priority: Int, more: Int): Unit = {
    counts.updateWith(priority)(n => Some(n.getOrElse(0) + more).filter(_ > 0))
    lowestOne = counts.keysIterator.minOption.getOrElse(Int.MaxValue)
  }

  /** The lowest priority of any; Int.MaxValue if there is none. Kept ready: it is asked for in each
   *  round, and of each of ten thousand executors. */
  def lowest: Int = lowestOne
}
