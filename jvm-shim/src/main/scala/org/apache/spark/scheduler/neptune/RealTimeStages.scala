package org.apache.spark.scheduler.neptune

import java.util.Properties

import org.apache.spark.rdd.RDD

/** Which stages are a real-time query's (Spark 4.1 to 4.3): their tasks hold their cores for as
 *  long as a batch of the query lasts, some minutes say, and mostly wait for input.
 */
private[spark] object RealTimeStages {
  private val queryId = "sql.streaming.queryId"
  private val source = "org.apache.spark.sql.execution.datasources.v2.DataSourceRDD"
  /** What makes a source's readers wait for records until the batch is over
   *  (RealTimeStreamScanExec). */
  private val reader = "LowLatencyReaderFactoryWrap"

  /** Whether the stage reads a source in real time. One that reads a pipelined shuffle is known by
   *  its task set ([[PipelinedStages]]).
   *
   * @param last the stage's last RDD
   */
  def isReading(properties: Properties, last: => Option[RDD[_]]): Boolean =
    Option(properties).exists(_.getProperty(queryId) != null) &&
      last.exists(StageRdds.exists(_)(isRealTime))

  private def isRealTime(rdd: RDD[_]): Boolean =
    rdd.getClass.getName == source && StageRdds.parts(rdd).exists(_.endsWith(reader))
}
