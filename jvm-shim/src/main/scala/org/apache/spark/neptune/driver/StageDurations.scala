package org.apache.spark.neptune.driver

import scala.collection.mutable

import neptune.core.TaskEntry

/** How long the tasks of a stage take, by those that have finished, time suspended not included.
 *
 * Only from stages whose tasks take about the same time is anything concluded.
 *
 * THREADING: under the scheduler's lock.
 */
private[driver] final class StageDurations {
  import StageDurations._

  private val stages = mutable.LongMap.empty[Sample]

  def finished(entry: TaskEntry, nowNs: Long): Unit = {
    val sample = stages.getOrElseUpdate(entry.task.stageId.toLong, new Sample)
    sample.add(ranNs(entry, nowNs).toDouble)
    sample.priority = entry.task.priority
    sample.lastNs = nowNs
    // Stage ids grow, so the oldest are the smallest.
    if (stages.size > stagesAtMost) stages.remove(stages.keysIterator.min)
  }

  /** Whether the end of any task below this priority may be foreseen: not if for as long as a task
   *  takes none has finished. */
  def mayTell(priority: Int, nowNs: Long): Boolean = stages.valuesIterator.exists(sample =>
    sample.priority < priority && sample.isTelling && nowNs - sample.lastNs < sample.mean)

  /** How long the task should still take; None when its stage's tasks tell nothing, or when it has
   *  taken longer than them already. */
  def leftNs(entry: TaskEntry, nowNs: Long): Option[Long] =
    if (stages.isEmpty) None
    else {
      stages.get(entry.task.stageId.toLong).filter(_.isTelling)
        .map(_.mean.toLong - ranNs(entry, nowNs)).filter(_ > 0)
    }

  private def ranNs(entry: TaskEntry, nowNs: Long): Long =
    nowNs - entry.task.launchedNs - entry.totalSuspendedNs(nowNs)
}

private object StageDurations {
  private val stagesAtMost = 1000

  /** Mean and spread of a stage's durations, by Welford's method. */
  private final class Sample {
    private var count = 0
    private var squares = 0.0
    var mean = 0.0
    var priority = 0
    /** When a task last finished. */
    var lastNs = 0L

    def add(value: Double): Unit = {
      count += 1
      val delta = value - mean
      mean += delta / count
      squares += delta * (value - mean)
    }

    /** At least three tasks, whose standard deviation is at most a fifth of their mean. */
    def isTelling: Boolean = count >= 3 && squares / (count - 1) <= mean * mean / 25
  }
}
