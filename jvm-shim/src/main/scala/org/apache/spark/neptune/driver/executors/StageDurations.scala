package org.apache.spark.neptune.driver.executors

import scala.collection.mutable

import neptune.core.{CoreLedger, Rank, TaskEntry}

/** How long the tasks of a stage take, by those that have finished, time suspended not included.
 *
 * Only from stages whose tasks take about the same time is anything concluded.
 *
 * THREADING: under the scheduler's lock.
 */
private[driver] final class StageDurations(ledger: CoreLedger) {
  import StageDurations._

  /** By when a task of theirs last finished. */
  private val stages = mutable.LinkedHashMap.empty[Int, Sample]
  private var mostStages = stagesAtMost
  /** The sample that was looked for last, if there is one: of thousands of tasks, one after the
   *  other, most are of the same stage. */
  private var lookedFor = -1
  private var found = Option.empty[Sample]
  /** From when on none of them tells anything, at the latest; none has told anything yet. */
  private var silentFromNs = Option.empty[Long]

  def finished(entry: TaskEntry, nowNs: Long): Unit = {
    val sample = stages.remove(entry.task.stageId).getOrElse(new Sample)
    stages(entry.task.stageId) = sample
    lookedFor = -1
    sample.add(entry.ranNs(nowNs).toDouble)
    sample.ended(entry.task.rank)
    sample.lastNs = nowNs
    silentFromNs = Some(silentFromNs.fold(sample.silentFromNs)(math.max(_, sample.silentFromNs)))
    if (stages.size > mostStages) forgetSome()
  }

  /** Half of them at a time, since the ledger has to be gone through. The stages whose tasks take
   *  long are those that matter: what has live tasks stays, however long ago one finished. */
  private def forgetSome(): Unit = {
    val live = ledger.tasks.iterator.map(_.task.stageId).toSet
    val over = stages.keysIterator.filterNot(live).take(stages.size - stagesAtMost / 2).toList
    stages --= over
    lookedFor = -1
    mostStages = math.max(stagesAtMost, 2 * stages.size)
  }

  def stagesKnown: Int = stages.size

  /** Whether the end of any task below this rank may be foreseen: not if for as long as a task
   *  takes none has finished. */
  def mayTell(rank: Rank, nowNs: Long): Boolean =
    silentFromNs.exists(nowNs - _ < 0) && stages.valuesIterator.exists(sample =>
      sample.rank < rank && sample.isTelling && nowNs - sample.silentFromNs < 0)

  /** How long the task should still take; None when its stage's tasks tell nothing, or when it has
   *  taken longer than them already. */
  def leftNs(entry: TaskEntry, nowNs: Long): Option[Long] =
    if (stages.isEmpty) None
    else {
      sampleOf(entry.task.stageId).filter(_.isTelling)
        .map(_.mean.toLong - entry.ranNs(nowNs)).filter(_ > 0)
    }

  private def sampleOf(stageId: Int): Option[Sample] = {
    if (stageId != lookedFor) {
      lookedFor = stageId
      found = stages.get(stageId)
    }
    found
  }
}

private object StageDurations {
  private val stagesAtMost = 1000

  /** Mean and spread of a stage's durations, by Welford's method. */
  private final class Sample {
    private var count = 0
    private var squares = 0.0
    var mean = 0.0
    /** The lowest rank of those that finished at the level of the last one. */
    var rank: Rank = Rank.none
    /** When a task last finished. */
    var lastNs = 0L

    def add(value: Double): Unit = {
      count += 1
      val delta = value - mean
      mean += delta / count
      squares += delta * (value - mean)
    }

    def silentFromNs: Long = lastNs + mean.toLong

    def ended(itsRank: Rank): Unit =
      rank = if (itsRank.level == rank.level) Rank.lower(rank, itsRank) else itsRank

    /** At least three tasks, whose standard deviation is at most a fifth of their mean. */
    def isTelling: Boolean = count >= 3 && squares / (count - 1) <= mean * mean / 25
  }
}
