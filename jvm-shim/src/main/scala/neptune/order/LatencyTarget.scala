package neptune.order

import scala.collection.immutable.Queue

/** What one batch of a stream took.
 *
 * @param tookNs how long it took in all
 * @param workCoreNs core-time of its tasks: nanoseconds times cores
 * @param spanNs its critical path: the longest tasks of stages that waited for one another. So long
 *               it takes on any number of cores.
 * @param otherNs what of its time no task ran in: planning, commit
 */
final case class Batch(tookNs: Long, workCoreNs: Long, spanNs: Long, otherNs: Long = 0L) {
  /** How long it takes at most on so many cores, if none of them idles while a task could run:
   *  Brent, The Parallel Evaluation of General Arithmetic Expressions, JACM 1974; for tasks in any
   *  order, Graham, Bounds for Certain Multiprocessing Anomalies, 1966. */
  def atMostNs(cores: Int): Double =
    otherNs + spanNs + math.max(0.0, workCoreNs.toDouble - spanNs) / cores

  /** The fewest cores on which that is within so much time; infinite: it is not on any number. */
  private[order] def coresWithin(targetNs: Long): Double = {
    val parallelNs = math.max(0.0, workCoreNs.toDouble - spanNs)
    val leftNs = (targetNs - otherNs - spanNs).toDouble
    if (leftNs < 0 || (leftNs == 0 && parallelNs > 0)) Double.PositiveInfinity
    else if (parallelNs == 0) 1.0
    else math.max(1.0, math.ceil(parallelNs / leftNs))
  }
}

/** Just as many cores for a stream as keep its batches within a target.
 *
 * On these, 95 of 100 of its last batches would be within the target. It takes more at once, when
 * the last batches say so, or one has missed the target all the same. It gives cores back slowly:
 * one with each batch, once some in a row were within the target and needed fewer.
 *
 * In its first batches a query loads and compiles code, and starts Python workers: one may take
 * many times as long as those after it, however many cores it has. They count only as long as there
 * are too few others, and the very first one never does. What they made it take it then gives back
 * at once.
 *
 * THREADING: not thread-safe; the caller guards it.
 *
 * @param targetNs how long a batch may take, in nanoseconds
 * @param window how many of the last batches count
 * @param calm how many batches there must be beside the first one before it has a limit at all, and
 *             how many in a row that needed fewer cores, before it gives one back
 */
final class LatencyTarget(targetNs: Long, window: Int = 20, calm: Int = 5) {
  import LatencyTarget._

  require(
    targetNs > 0 && calm > 0 && window >= calm,
    s"target $targetNs ns, window $window, calm $calm: all must be above 0, and the window not " +
      "below calm")

  private var batches = 0L
  private var last = Queue.empty[Batch]
  private var granted = Option.empty[Int]
  private var calmBatches = 0
  private var why = "It may take all cores, because no batch has ended yet."

  /** So many cores are enough; None: that is not known yet, or they are not: no limit. */
  def cores: Option[Int] = granted

  /** Whether enough batches have ended to tell. */
  def isKnown: Boolean = batches > calm

  /** Why it has so many. */
  def sentence: String = why

  /** @param most how many cores there are: it cannot get more */
  def ended(batch: Batch, most: Int): Unit = {
    batches += 1
    last = last.enqueue(batch).takeRight(math.max(calm, math.min(window, batches - calm).toInt))
    val missed = batch.tookNs > targetNs
    val need = inMost(last.map(_.coresWithin(targetNs)))
    val enough = if (isKnown && need <= most) Some(need.toInt) else None
    val before = if (batches == 2L * calm && !missed) None else granted
    calmBatches = if (missed || !enough.exists(n => before.exists(n < _))) 0 else calmBatches + 1
    granted = enough.map(next(_, missed, before)).map(math.min(_, most))
    val change = granted.fold(unlimited(need, most))(explain(_, before, need.toInt))
    why = s"The last batch took ${ms(batch.tookNs.toDouble)}, " +
      s"${if (missed) "more than" else "within"} the target of ${ms(targetNs.toDouble)}: $change"
  }

  private def next(enough: Int, missed: Boolean, before: Option[Int]): Int =
    before.fold(enough) { had =>
      if (missed) math.max(enough, had + math.max(1, had / 4))
      else if (enough >= had) enough
      else if (calmBatches >= calm) had - 1
      else had
    }

  private def explain(now: Int, before: Option[Int], enough: Int): String = {
    val had = before.filter(_ != now).fold("")(b => s", after $b")
    val would = if (enough < now) s"; $enough would do" else ""
    s"${counted(now)}$had, on which 95 of 100 batches like the last ${last.size} take " +
      s"${ms(inMost(last.map(_.atMostNs(now))))} at most$would."
  }

  private def unlimited(need: Double, most: Int): String =
    if (!isKnown)
      s"no limit, because only $batches of ${calm + 1} required batches have ended."
    else if (need.isInfinite)
      s"no limit, because batches like the last ${last.size} take " +
        s"${ms(inMost(last.map(b => (b.otherNs + b.spanNs).toDouble)))} on any number of cores; " +
        "use shorter tasks or a longer target."
    else s"no limit, because it needs ${counted(need.toLong)}, and there are $most."
}

private object LatencyTarget {
  /** The least value that 95 of 100 do not exceed. */
  private def inMost(values: Seq[Double]): Double =
    values.sorted.apply((values.size * 95 + 99) / 100 - 1)

  private def counted(cores: Long): String = if (cores == 1) "1 core" else s"$cores cores"

  private def ms(ns: Double): String = s"${math.round(ns / 1e6)} ms"
}
