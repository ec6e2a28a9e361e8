package neptune.order

import scala.collection.mutable

/** What one batch of a stream takes, measured as its stages and tasks come and go.
 *
 * A stage waits for those that were over when it came. So no graph of stages is needed, of which a
 * batch that is several jobs has several. Where one stage followed another by chance, the critical
 * path comes out too long: that asks for more cores, not for fewer.
 *
 * THREADING: not thread-safe; the caller guards it.
 */
final class BatchMeter {
  import BatchMeter._

  private val stages = mutable.HashMap.empty[Int, Stage]
  private var workCoreNs = 0L
  /** The longest chain of stages that are over. */
  private var overNs = 0L
  /** For how long there were tasks that ran or waited, and since when there are. */
  private var busyNs = 0L
  private var busySinceNs = Option.empty[Long]
  private var lastNs = 0L

  /** A stage is to run; the same attempt may be told of twice. One that is to run again waits for
   *  what its last attempt has done.
   *
   * @param tasks how many it has
   */
  def submitted(stageId: Int, attempt: Int, tasks: Int, nowNs: Long): Unit =
    if (!stages.get(stageId).exists(_.attempt == attempt)) {
      stages.get(stageId).foreach(over)
      stages(stageId) = new Stage(attempt, overNs, tasks)
      if (busySinceNs.isEmpty) busySinceNs = Some(nowNs)
    }

  /** A task of a stage has ended.
   *
   * @param ranNs for how long it had its cores
   * @param coreNs the same times the number of its cores
   * @param isDone whether it has done its part; else another one is to do it
   */
  def taskEnded(stageId: Int, ranNs: Long, coreNs: Long, isDone: Boolean, nowNs: Long): Unit = {
    workCoreNs += coreNs
    lastNs = nowNs
    stages.get(stageId).filter(_.left > 0 && isDone).foreach { stage =>
      stage.longestNs = math.max(stage.longestNs, ranNs)
      stage.left -= 1
      if (stage.left == 0) over(stage)
    }
    if (stages.valuesIterator.forall(_.left == 0)) {
      busySinceNs.foreach(since => busyNs += nowNs - since)
      busySinceNs = None
    }
  }

  private def over(stage: Stage): Unit = overNs = math.max(overNs, stage.pathNs)

  /** @param tookNs how long the batch took in all */
  def batch(tookNs: Long): Batch = {
    // A stage that was cancelled never comes to its end.
    val busy = busyNs + busySinceNs.fold(0L)(since => math.max(0L, lastNs - since))
    val spanNs = stages.valuesIterator.map(_.pathNs).foldLeft(overNs)(math.max)
    Batch(tookNs, workCoreNs, spanNs, math.max(0L, tookNs - busy))
  }
}

private object BatchMeter {
  /** @param beforeNs the longest chain of stages that it waited for
   *  @param left how many tasks are yet to do their part
   */
  private final class Stage(val attempt: Int, beforeNs: Long, var left: Int) {
    var longestNs = 0L
    def pathNs: Long = beforeNs + longestNs
  }
}
