package neptune.order

import scala.collection.mutable

/** How many cores a stream with a latency target may have, batch by batch.
 *
 * A batch goes on with the cores that it began with, or more; when it turns out that fewer will do,
 * the next batch has them.
 *
 * THREADING: not thread-safe; the caller guards it.
 *
 * @param targetNs how long a batch may take, in nanoseconds
 */
final class StreamCores(val targetNs: Long) {
  import StreamCores._

  private val target = new LatencyTarget(targetNs)
  /** Those that are not known to have ended, the oldest first. */
  private val open = mutable.LinkedHashMap.empty[Long, BatchMeter]
  private val byStage = mutable.HashMap.empty[Int, BatchMeter]
  private var inForce = Option.empty[Int]

  /** So many its tasks may hold; None: there is no limit. */
  def cores: Option[Int] = inForce

  /** A stage of a batch is to run, as [[BatchMeter.submitted]] has it. */
  def submitted(batchId: Long, stageId: Int, attempt: Int, tasks: Int, nowNs: Long): Unit = {
    if (!open.contains(batchId)) {
      inForce = target.cores
      open(batchId) = new BatchMeter
      // That a batch has ended may never be told.
      if (open.size > openAtMost) forget(open.head._1)
    }
    val meter = open(batchId)
    byStage(stageId) = meter
    meter.submitted(stageId, attempt, tasks, nowNs)
  }

  /** A task has ended, as [[BatchMeter.taskEnded]] has it. */
  def taskEnded(stageId: Int, ranNs: Long, coreNs: Long, isDone: Boolean, nowNs: Long): Unit =
    byStage.get(stageId).foreach(_.taskEnded(stageId, ranNs, coreNs, isDone, nowNs))

  /** @param tookNs how long the batch took
   *  @param most how many cores there are
   *  @return why it has so many cores from now on, if that is another number, or is known for the
   *          first time
   */
  def batchEnded(batchId: Long, tookNs: Long, most: Int): Option[String] =
    open.get(batchId).flatMap { meter =>
      forget(batchId)
      val (had, knew) = (target.cores, target.isKnown)
      target.ended(meter.batch(tookNs), most)
      val now = target.cores
      if (now.forall(cores => inForce.exists(_ < cores))) inForce = now
      if (now == had && knew == target.isKnown) None else Some(target.sentence)
    }

  private def forget(batchId: Long): Unit = open.remove(batchId).foreach { meter =>
    byStage --= byStage.collect { case (stageId, its) if its eq meter => stageId }.toList
  }
}

private object StreamCores {
  /** A batch may end some time before that is told. */
  private val openAtMost = 3
}
