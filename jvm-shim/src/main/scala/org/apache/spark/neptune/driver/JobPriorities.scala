package org.apache.spark.neptune.driver

import java.util.Properties

import neptune.core.Priority

import org.apache.spark.neptune.Settings
import org.apache.spark.sql.neptune.StreamSessions

/** A job's priority, from its local properties.
 *
 * THREADING: safe for all callers.
 *
 * @param threads tells the local properties of other threads
 */
private[driver] final class JobPriorities(settings: Settings, threads: ThreadProperties) {
  import JobPriorities._

  /** The priority, or what is wrong with the one that the job was given. */
  def of(properties: Properties): Either[String, Int] =
    explicitly(properties).getOrElse {
      if (isStreaming(properties)) Right(settings.streamingPriority)
      else streamOf(properties).fold[Either[String, Int]](Right(settings.defaultPriority)) { stream =>
        threads.of(stream).flatMap(explicitly).getOrElse(Right(settings.streamingPriority))
      }
    }

  /** The priority of jobs that the thread would submit. */
  def of(thread: Thread): Int =
    threads.of(thread).flatMap(of(_).toOption).getOrElse(settings.defaultPriority)

  private def explicitly(properties: Properties): Option[Either[String, Int]] =
    property(properties, Settings.JobPriority).map { text =>
      Priority.parse(text).toRight(
        s"${Settings.JobPriority} is '$text', but it must be ${Priority.accepted}.")
    }

  private def isStreaming(properties: Properties): Boolean =
    ofStreams.exists(property(properties, _).isDefined)

  /** The thread of the streaming query whose foreachBatch function has had another thread submit
   *  the job, by the session that it uses. */
  private def streamOf(properties: Properties): Option[Thread] =
    property(properties, executionId).flatMap(_.toLongOption).flatMap(StreamSessions.threadOf)
}

private object JobPriorities {
  /** Set on the threads that run micro-batches: by StreamExecution and by JobScheduler, which runs
   *  those of DStreams (Spark 4.x). */
  private val ofStreams = Seq("sql.streaming.queryId", "spark.streaming.internal.batchTime")
  /** Set on each job of a SQL query (SQLExecution, Spark 4.x). */
  private val executionId = "spark.sql.execution.id"

  private def property(properties: Properties, key: String): Option[String] =
    Option(properties).flatMap(p => Option(p.getProperty(key)))
}
