package neptune.core

import scala.collection.mutable

/** The tasks of one resource profile, and the executors that they run on, at one moment.
 *
 * @param live tasks that are launched and not over, suspended ones included
 * @param suspended how many of these are suspended for others
 * @param killed tasks that were killed and wait to run again
 * @param slots how many tasks the executors have cores for
 */
final case class ProfileLoad(live: Int, suspended: Int, killed: Int, slots: Int)

/** How many tasks of a resource profile there have lately been too few slots for, for good.
 *
 * A stream has tasks suspended again and again, for a moment each, and what keeps on coming back
 * counts as much as what stays: so it is a mean, over a window of time. It is the lowest one of
 * those of the window's three thirds, so that what comes once, for a third of the window at most,
 * is no reason to get executors for it.
 * What it has been lately is kept for as long as the window, for executors take their time to come,
 * and are not to be called off meanwhile.
 *
 * Only what is lacking on the executors of the moment is told. Those that have come are taken into
 * account at once, also for what was before.
 *
 * THREADING: not thread-safe; the caller guards it. No clock of its own.
 *
 * @param windowNs the window's length, in nanoseconds
 */
final class SustainedDemand(windowNs: Long) {
  /** For how many tasks there should have been slots, as of a moment until the next one; none while
   *  nobody is held up. */
  private val wanted = mutable.Queue.empty[(Long, Int)]
  /** For how many tasks there should be slots, as of each moment of the window. */
  private val levels = mutable.Queue.empty[(Long, Int)]

  /** Takes a look, each later than the one before.
   *
   * @return for how many tasks beside the live ones executors are to be asked, or kept; None: there
   *         are enough. Some(0): not for the live ones.
   */
  def look(nowNs: Long, load: ProfileLoad): Option[Int] = {
    val isHeldUp = load.suspended + load.killed > 0
    wanted.enqueue(nowNs -> (if (isHeldUp) load.live + load.killed else 0))
    // The last one before the window holds until the next.
    while (wanted.size > 1 && wanted(1)._1 <= nowNs - windowNs) wanted.dequeue()
    val lacking = sustained(nowNs, load.slots)
    if (lacking > 0) levels.enqueue(nowNs -> (load.slots + lacking))
    while (levels.headOption.exists(_._1 <= nowNs - windowNs)) levels.dequeue()
    val level = levels.iterator.map(_._2).foldLeft(load.slots)(_ max _)
    if (level > load.slots) Some(math.max(load.killed, level - load.live))
    else if (load.killed > 0) Some(load.killed)
    else None
  }

  /** Whether nothing was held up within the window, so that there is nothing to remember. */
  def isQuiet: Boolean = levels.isEmpty && wanted.forall(_._2 == 0)

  private def sustained(nowNs: Long, slots: Int): Int = {
    val third = windowNs / 3
    val means = Seq(2, 1, 0).map { later =>
      val endNs = nowNs - later * third
      mean(endNs - third, endNs, slots)
    }
    math.round(means.min).toInt
  }

  /** For how many tasks too many there was no slot, on average. */
  private def mean(fromNs: Long, toNs: Long, slots: Int): Double = {
    val ends = wanted.iterator.drop(1).map(_._1) ++ Iterator(toNs)
    val taskNs = wanted.iterator.zip(ends).map { case ((sinceNs, tasks), untilNs) =>
      val ns = math.min(untilNs, toNs) - math.max(sinceNs, fromNs)
      math.max(0L, ns).toDouble * math.max(0, tasks - slots)
    }
    taskNs.sum / (toNs - fromNs)
  }
}
