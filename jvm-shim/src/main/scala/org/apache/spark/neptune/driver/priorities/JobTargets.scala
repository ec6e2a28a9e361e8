package org.apache.spark.neptune.driver.priorities

import java.util.Properties
import java.util.concurrent.TimeUnit

import scala.util.Try

import org.apache.spark.neptune.settings.Settings

/** A batch of a streaming query that has a latency target.
 *
 * @param queryId the same when the query is started anew
 * @param name the query's, or its id if it has none
 * @param targetNs how long a batch may take
 */
private[driver] final case class TargetedBatch(
    queryId: String, batchId: Long, name: String, targetNs: Long)

/** Which jobs are of a streaming query that has a latency target.
 *
 * THREADING: safe for all callers.
 */
private[driver] final class JobTargets(settings: Settings, priorities: JobPriorities) {
  import JobTargets._

  /** @return None for a job that is of no such query; or what is wrong with the target that it was
   *          given
   */
  def of(own: Properties): Either[String, Option[TargetedBatch]] = {
    val properties = priorities.judgedBy(own)
    val said = JobLimits.valueOf(Settings.JobTarget, properties)
    said.flatMap(Settings.problemOf(Settings.JobTarget, _)).toLeft {
      for {
        queryId <- JobProperties.valueOf(properties, JobProperties.streamId)
        batchId <- JobProperties.valueOf(properties, batch).flatMap(id => Try(id.toLong).toOption)
        job = priorities.described(properties)
        ms <- said.map(Settings.durationMs).orElse(settings.targets.of(job))
      } yield TargetedBatch(
        queryId, batchId, job.query.getOrElse(queryId), TimeUnit.MILLISECONDS.toNanos(ms))
    }
  }
}

private object JobTargets {
  // Set on the thread that runs a query's batches: MicroBatchExecution's BATCH_ID_KEY (Spark 3.5 to
  // 4.3).
  private val batch = "streaming.sql.batchId"
}
