package org.apache.spark.sql.neptune

import scala.jdk.CollectionConverters._

import org.apache.spark.sql.execution.SQLExecution

/** Which streaming query a SQL execution belongs to, that only Spark's SQL package may see. */
object StreamSessions {
  /** The thread of the streaming query in whose session the execution runs, if it does in one.
   *
   * Each query has a session of its own (StreamExecution.sparkSessionForStream, Spark 4.x), which
   * the DataFrames of foreachBatch have, too, whichever thread uses them.
   */
  def threadOf(executionId: Long): Option[Thread] =
    Option(SQLExecution.getQueryExecution(executionId)).map(_.sparkSession).flatMap { session =>
      session.sharedState.activeStreamingQueries.values.asScala
        .find(_.sparkSessionForStream.sessionUUID == session.sessionUUID)
        .map(_.queryExecutionThread)
    }
}
