package org.apache.spark.neptune.driver

import java.util.Properties
import java.util.concurrent.TimeUnit

import neptune.core.Deadlines

import org.apache.spark.SparkContext
import org.apache.spark.sql.neptune.SqlExecutions
import org.apache.spark.util.Clock

/** Sees to it that no broadcast fails because it was suspended.
 *
 * A query waits for a broadcast for `spark.sql.broadcastTimeout` at most (BroadcastExchangeExec,
 * Spark 4.x). When half of that is over, the broadcast's job comes before all others.
 *
 * THREADING: safe for all callers.
 *
 * @param hurry puts a job before all others
 * @param wakeWithin asks for a round of offers, in so many nanoseconds at the latest
 */
private[driver] final class BroadcastLimits(
    hurry: Int => Unit, wakeWithin: Long => Unit, clock: Clock) {
  import BroadcastLimits._

  private val deadlines = new Deadlines

  def started(jobId: Int, properties: Properties): Unit = for {
    tags <- Option(properties).map(_.getProperty(SparkContext.SPARK_JOB_TAGS, ""))
    if tags.contains(tag)
    executionId <- JobPriorities.executionOf(properties)
    seconds <- SqlExecutions.broadcastTimeoutS(executionId)
  } {
    val now = clock.nanoTime()
    synchronized(
      deadlines.started(jobId, executionId, TimeUnit.SECONDS.toNanos(seconds) / 2, now))
    dueIn(now).foreach(wakeWithin)
  }

  def ended(jobId: Int): Unit = synchronized(deadlines.ended(jobId))
  def executionEnded(executionId: Long): Unit = synchronized(deadlines.queryEnded(executionId))

  /** In each round of offers. */
  def look(): Unit = {
    val now = clock.nanoTime()
    synchronized(deadlines.due(now)).foreach(hurry)
    dueIn(now).foreach(wakeWithin)
  }

  private def dueIn(nowNs: Long): Option[Long] = synchronized(deadlines.dueInNs(nowNs))
}

private object BroadcastLimits {
  /** In the tag of a broadcast's jobs (BroadcastExchangeLike.jobTag, Spark 4.x). */
  private val tag = "broadcast exchange (runId"
}
