package org.apache.spark.neptune.driver.inversion

import java.util.Properties
import java.util.concurrent.TimeUnit

import scala.util.Try

import neptune.core.Deadlines
import neptune.time.Clock

import org.apache.spark.SparkContext
import org.apache.spark.neptune.driver.priorities.JobPriorities
import org.apache.spark.sql.neptune.SqlExecutions

/** Sees to it that no broadcast fails because it was suspended.
 *
 * A query waits for a broadcast for `spark.sql.broadcastTimeout` at most (BroadcastExchangeExec,
 * Spark 4.x). When a tenth of that is over, a broadcast's job that is held up comes before all
 * others: it may need the rest for its work.
 *
 * THREADING: safe for all callers.
 *
 * @param isHeldUp whether a job has none of its tasks running, or suspended ones
 * @param hurry puts a job before all others
 * @param wakeWithin asks for a round of offers, in so many nanoseconds at the latest
 */
private[driver] final class BroadcastLimits(
    isHeldUp: Int => Boolean, hurry: Int => Unit, wakeWithin: Long => Unit, clock: Clock) {
  import BroadcastLimits._

  private val deadlines = new Deadlines

  def started(jobId: Int, properties: Properties): Unit = for {
    tags <- Option(properties).map(_.getProperty(SparkContext.SPARK_JOB_TAGS, ""))
    if tags.contains(tag)
    executionId <- JobPriorities.executionOf(properties)
    // Of a session that is being stopped nothing may be told.
    seconds <- Try(SqlExecutions.broadcastTimeoutS(executionId)).toOption.flatten
  } {
    val now = clock.nanoTime()
    synchronized(
      deadlines.started(jobId, executionId, TimeUnit.SECONDS.toNanos(seconds) / 10, now))
    dueIn(now).foreach(wakeWithin)
  }

  def ended(jobId: Int): Unit = synchronized(deadlines.ended(jobId))
  def executionEnded(executionId: Long): Unit = synchronized(deadlines.queryEnded(executionId))

  /** In each round of offers. */
  def look(): Unit = if (synchronized(!deadlines.isEmpty)) {
    val now = clock.nanoTime()
    synchronized(deadlines.due(now)).filter(isHeldUp).foreach { jobId =>
      hurry(jobId)
      synchronized(deadlines.helped(jobId))
    }
    dueIn(now).foreach(wakeWithin)
  }

  private def dueIn(nowNs: Long): Option[Long] = synchronized(deadlines.dueInNs(nowNs))
}

private object BroadcastLimits {
  /** In the tag of a broadcast's jobs (BroadcastExchangeLike.jobTag, Spark 4.x). */
  private val tag = "broadcast exchange (runId"
}
