package neptune.core

/** An executor's memory at one moment.
 *
 * @param atMs on the executor's own clock, of which differences count only
 * @param heapUsedBytes used part of the heap, garbage included
 * @param heapMaxBytes what the heap may grow to; 0: not known
 * @param gcMs time spent in garbage collection since the executor started
 * @param spilledBytes what its tasks have spilled to disk since it started
 * @param pythonBytes resident memory of its Python workers
 * @param suspendedBytes execution memory that its suspended tasks hold
 * @param heldBytes what tasks and cached blocks take of the memory that Spark manages
 * @param managedBytes how much that is
 */
final case class MemorySample(
    atMs: Long,
    heapUsedBytes: Long,
    heapMaxBytes: Long,
    gcMs: Long,
    spilledBytes: Long,
    pythonBytes: Long,
    suspendedBytes: Long,
    heldBytes: Long,
    managedBytes: Long)

/** What an executor told of its memory within a window of time, which ends with the last sample.
 *
 * Immutable: the figures are reckoned once, when a sample comes, since policies read them for every
 * executor under the scheduler's lock.
 *
 * @param samples by time, each later than the one before; the first may lie before the window: it
 *                is where the rates begin, which need two moments however short the window is
 */
final class MemoryWindow private (windowMs: Long, samples: Vector[MemorySample]) {

  /** The means over the window; None: the executor has told nothing. */
  val figures: Option[MemoryFigures] = samples.lastOption.map(reckon)

  /** The window that ends with `sample`. One that isn't later than the last begins a new window. */
  def add(sample: MemorySample): MemoryWindow = {
    val before = if (samples.lastOption.exists(_.atMs >= sample.atMs)) Vector.empty else samples
    val inside = before.indexWhere(_.atMs >= sample.atMs - windowMs)
    val kept = if (inside < 0) before.takeRight(1) else before.drop(math.max(0, inside - 1))
    new MemoryWindow(windowMs, kept :+ sample)
  }

  private def reckon(last: MemorySample): MemoryFigures = {
    val inside = samples.filter(_.atMs >= last.atMs - windowMs)
    val first = samples.head
    val elapsedMs = last.atMs - first.atMs
    def perMs(from: Long, to: Long): Double =
      if (elapsedMs == 0) 0.0 else math.max(0L, to - from).toDouble / elapsedMs
    def mean(of: MemorySample => Double): Double = inside.map(of).sum / inside.size
    MemoryFigures(
      mean(heapShare),
      // Collectors that work in parallel may count more time than has passed.
      math.min(1.0, perMs(first.gcMs, last.gcMs)),
      perMs(first.spilledBytes, last.spilledBytes) * MemoryWindow.msPerSecond,
      math.round(mean(_.pythonBytes.toDouble)),
      last.suspendedBytes,
      last.heldBytes,
      last.managedBytes)
  }

  private def heapShare(sample: MemorySample): Double =
    if (sample.heapMaxBytes <= 0) 0.0
    else math.min(1.0, sample.heapUsedBytes.toDouble / sample.heapMaxBytes)
}

object MemoryWindow {
  private val msPerSecond = 1000.0

  /** The window of an executor that has told nothing. */
  def empty(windowMs: Long): MemoryWindow = new MemoryWindow(windowMs, Vector.empty)
}
