package org.apache.spark.neptune.driver.priorities

import java.util.Properties

import scala.jdk.CollectionConverters._

import org.apache.spark.SparkContext
import org.apache.spark.sql.neptune.SqlExecutions

/** The local properties with which a job was submitted. Spark has null for a job without any. */
private[driver] object JobProperties {
  /** Set on the thread that runs a query's batches (StreamExecution's QUERY_ID_KEY, Spark 3.5
   *  to 4.3). */
  private[priorities] val streamId = "sql.streaming.queryId"
  /** Set on the threads of JobScheduler, which runs the batches of DStreams (Spark 3.5 to 4.3). */
  private[priorities] val batchTime = "spark.streaming.internal.batchTime"

  /** The description of a batch for a job of the batch that may have another: see
   *  [[EffectiveProperties]]. */
  private[priorities] val batchDescription = "neptune.batch.description"

  /** Set on the threads that run micro-batches: by StreamExecution and by JobScheduler, which runs
   *  those of DStreams (Spark 4.x). */
  private val ofStreams = Seq(streamId, batchTime)

  def isStreaming(properties: Properties): Boolean =
    ofStreams.exists(valueOf(properties, _).isDefined)

  /** The pool that a job is in, named or not (FairSchedulableBuilder, Spark 3.5 to 4.3); in FIFO
   *  mode, too. */
  def poolOf(properties: Properties): String =
    valueOf(properties, SparkContext.SPARK_SCHEDULER_POOL).getOrElse("default")

  def valueOf(properties: Properties, key: String): Option[String] =
    Option(properties).flatMap(p => Option(p.getProperty(key)))

  /** Those whose keys begin so, by key. */
  def beginning(properties: Properties, start: String): Seq[(String, String)] =
    Option(properties).toSeq.flatMap(_.stringPropertyNames.asScala).filter(_.startsWith(start))
      .sorted.map(key => key -> properties.getProperty(key))

  /** What a job is a part of: a SQL execution, which a batch of a streaming query is, too, with all
   *  that it has begun; or a batch of DStreams; else it is for itself. */
  def workOf(properties: Properties, jobId: Int): String =
    valueOf(properties, SqlExecutions.RootId)
      .orElse(valueOf(properties, SqlExecutions.Id))
      .map(id => s"SQL execution $id")
      .orElse(valueOf(properties, batchTime).map(time => s"batch $time"))
      .getOrElse(s"job $jobId")
}
