package neptune.policy

import neptune.core.MemoryFigures

/** Turns memory figures into steps, so that small differences do not count.
 *
 * @param percentage width of a step of shares, in per cent
 * @param mb width of a step of sizes, in MiB; so much per window is a step of rates
 * @param windowMs the window of the means, in milliseconds
 * @param missing the step of a figure that is not known
 */
final case class Buckets(percentage: Int, mb: Int, windowMs: Long, missing: MissingFigures) {
  def heap(figures: Option[MemoryFigures]): Long =
    figures.fold(missing.step)(f => share(f.heapShare))

  /** What one more task does not find free, disk spill, share of time in GC, memory of Python
   *  workers: the lower, the better; and after these another number. Of ten thousand executors, so
   *  made at once.
   *
   * @param placed tasks that are to start there before it, and will share what is free
   */
  def condition(
      figures: Option[MemoryFigures], placed: Int, last: Long): Array[Long] = figures match {
    case Some(f) => Array(
      taken(f, placed), bytes(perWindow(f.spillBytesPerSecond)), share(f.gcShare),
      bytes(f.pythonBytes), last)
    case None => Array(missing.step, missing.step, missing.step, missing.step, last)
  }

  private def taken(figures: MemoryFigures, placed: Int): Long =
    if (figures.managedBytes <= 0) 0L
    else {
      val free = 1.0 - figures.heldBytes.toDouble / figures.managedBytes
      share(1.0 - math.max(0.0, free) / (1 + placed))
    }

  /** The step of so many bytes as a share of what Spark manages. */
  def ofManaged(size: Long, figures: MemoryFigures): Long =
    if (figures.managedBytes <= 0) 0L else share(size.toDouble / figures.managedBytes)

  def bytes(size: Long): Long = size / (mb.toLong << 20)

  private def perWindow(bytesPerSecond: Double): Long = (bytesPerSecond * windowMs / 1000).toLong

  private def share(part: Double): Long = (part * 100 / percentage).toLong
}

/** What an executor counts as that has told nothing of its memory. */
sealed abstract class MissingFigures(val name: String, private[policy] val step: Long)

object MissingFigures {
  /** As well off as can be: it has just come. */
  case object Good extends MissingFigures("good", 0L)
  /** Worse than any that told. */
  case object Bad extends MissingFigures("bad", Long.MaxValue / 2)

  val all: Seq[MissingFigures] = Seq(Good, Bad)
}
