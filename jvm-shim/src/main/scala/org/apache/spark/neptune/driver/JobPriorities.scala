package org.apache.spark.neptune.driver

import java.util.Properties

import neptune.core.Priority

import org.apache.spark.neptune.Settings

/** A job's priority, from its local properties. */
private[driver] final class JobPriorities(settings: Settings) {
  /** Set by StreamExecution (Spark 4.x) on the thread that runs a query's micro-batches. */
  private val streamingQueryId = "sql.streaming.queryId"

  /** The priority, or what is wrong with the one that the job was given. */
  def of(properties: Properties): Either[String, Int] =
    Option(properties).flatMap(p => Option(p.getProperty(Settings.JobPriority))) match {
      case Some(text) => Priority.parse(text).toRight(
        s"${Settings.JobPriority} is '$text', but it must be ${Priority.accepted}.")
      case None if isStreaming(properties) => Right(settings.streamingPriority)
      case None => Right(settings.defaultPriority)
    }

  private def isStreaming(properties: Properties): Boolean =
    properties != null && properties.getProperty(streamingQueryId) != null
}
