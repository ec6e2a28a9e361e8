package org.apache.spark.neptune.driver.report

import scala.collection.mutable

import neptune.core.{Decision, Placement, Snapshot, Victim}

/** A decision, and what it was about: of a policy's, or about a stream that has a latency target.
 *
 * @param timeMs since the epoch
 * @param policy the one in force
 * @param stageIds stage of each group of pending tasks
 * @param fallback why LB decided in its place, if it did
 * @param target how many cores which stream has from now on, and why; None for a policy's
 */
private[driver] final case class DecisionRecord(
    timeMs: Long,
    policy: String,
    priority: Int,
    pendingTasks: Int,
    stageIds: Seq[Int],
    victims: Seq[Victim],
    placements: Seq[Placement],
    fallback: Option[String],
    target: Option[String] = None)

/** The last decisions that tell something: those with victims, or for want of an answer of the
 *  policy's, or that left pending tasks without a core. So many at most, and fewer if they are
 *  long.
 *
 * THREADING: under the scheduler's lock.
 */
private[driver] final class DecisionLog {
  import DecisionLog._

  private val records = mutable.Queue.empty[DecisionRecord]
  /** Stages, victims and placements in all records. */
  private var items = 0
  /** What was said last for each priority that has records: while tasks wait, each round says the
   *  same again. */
  private val lastOf = mutable.HashMap.empty[Int, DecisionRecord]

  /** @return the record, if there is one */
  def add(
      timeMs: Long, policy: String, snapshot: Snapshot, decision: Decision,
      fallback: Option[String]): Option[DecisionRecord] = {
    val pending = snapshot.pending.iterator.map(_.count).sum
    val tells = decision.victims.nonEmpty || fallback.isDefined ||
      decision.placements.iterator.map(_.count).sum < pending
    lazy val record = DecisionRecord(
      timeMs, policy, snapshot.priority, pending, snapshot.pending.map(_.stageId),
      decision.victims, decision.placements, fallback)
    if (!tells || lastOf.get(record.priority).exists(_.copy(timeMs = timeMs) == record)) None
    else {
      lastOf(record.priority) = record
      add(record)
      Some(record)
    }
  }

  def add(record: DecisionRecord): Unit = {
    records += record
    items += length(record)
    while (records.size > capacity || items > itemsAtMost && records.size > 1) forgetOldest()
  }

  private def forgetOldest(): Unit = {
    val oldest = records.dequeue()
    items -= length(oldest)
    if (lastOf.get(oldest.priority).exists(_ eq oldest)) lastOf.remove(oldest.priority)
  }

  private def length(record: DecisionRecord): Int =
    record.stageIds.size + record.victims.size + record.placements.size

  /** The last `n` at most, the newest first. */
  def last(n: Int): Seq[DecisionRecord] = records.reverseIterator.take(n).toList
}

private[driver] object DecisionLog {
  private val capacity = 1000
  private val itemsAtMost = 100000
}
