package neptune.core

import scala.collection.mutable

/** Jobs for which somebody waits for a limited time, and when they must be helped.
 *
 * A query's clocks start together, when it begins to execute, though the job that one of them is
 * for may have to wait for another of the same query's.
 *
 * THREADING: not thread-safe; the caller guards it. No clock of its own.
 */
final class Deadlines {
  private val dueNs = mutable.LinkedHashMap.empty[Int, Long]
  private val began = mutable.HashMap.empty[Long, Long]

  /** A job of a query began, which somebody waits for.
   *
   * @param limitNs how long it may take, from when the query's first such job began, before it is
   *                   to be helped
   */
  def started(jobId: Int, queryId: Long, limitNs: Long, nowNs: Long): Unit =
    dueNs(jobId) = began.getOrElseUpdate(queryId, nowNs) + limitNs

  def ended(jobId: Int): Unit = dueNs.remove(jobId)
  def queryEnded(queryId: Long): Unit = began.remove(queryId)

  /** The jobs that are to be helped if they are held up; until they are, or end. */
  def due(nowNs: Long): Seq[Int] =
    dueNs.iterator.collect { case (jobId, due) if due - nowNs <= 0 => jobId }.toList

  /** The job is helped for as long as it lives. */
  def helped(jobId: Int): Unit = dueNs.remove(jobId)

  /** In how many nanoseconds the next one will be due that is not yet. */
  def dueInNs(nowNs: Long): Option[Long] =
    dueNs.valuesIterator.map(_ - nowNs).filter(_ > 0).reduceOption(_ min _)

  def isEmpty: Boolean = dueNs.isEmpty && began.isEmpty
}
