package org.apache.spark.neptune.ui

import scala.collection.mutable
import scala.util.Try

import org.apache.spark.scheduler.{SparkListenerJobEnd, SparkListenerJobStart}

/** What micro-batches of Structured Streaming have waited for, and who was suspended for them. */
private[neptune] final class Streams(writer: RowWriter) {
  import Streams._

  private val names = mutable.LinkedHashMap.empty[String, String]
  /** The last ones of all queries, by the rows' ids. */
  private val batches = mutable.LinkedHashMap.empty[String, BatchRow]
  private val batchOfStage = mutable.LinkedHashMap.empty[Int, String]
  private val batchOfJob = mutable.HashMap.empty[Int, String]

  def queryStarted(id: String, name: String): Unit = {
    names(id) = name
    if (names.size > queriesAtMost) names -= names.head._1
  }

  def jobStarted(event: SparkListenerJobStart): Unit = for {
    properties <- Option(event.properties)
    query <- Option(properties.getProperty("sql.streaming.queryId"))
    batchId <- Option(properties.getProperty("streaming.sql.batchId"))
      .flatMap(text => Try(text.toLong).toOption)
  } {
    val id = s"$query/$batchId"
    put(batches.getOrElse(id, BatchRow(
      id, query, names.getOrElse(query, ""), batchId, event.time, Rows.Never, 0, 0L, 0L, 0L)))
    batchOfJob(event.jobId) = id
    event.stageIds.foreach(batchOfStage(_) = id)
    while (batchOfStage.size > stagesAtMost) batchOfStage -= batchOfStage.head._1
  }

  def jobEnded(event: SparkListenerJobEnd): Unit =
    batchOfJob.remove(event.jobId).flatMap(batches.get)
      .foreach(batch => put(batch.copy(endedMs = event.time)))

  def waited(stageId: Int, wait: StageWait): Unit = of(stageId).foreach { batch =>
    put(batch.copy(
      taskSets = batch.taskSets + wait.firstTaskMs.size,
      firstTaskMs = batch.firstTaskMs + wait.firstTaskMs.getOrElse(0L),
      allTasksMs = batch.allTasksMs + math.max(0L, wait.allTasksMs)))
  }

  /** Tasks were suspended for the stage. */
  def gained(stageId: Int, suspensions: Long): Unit = of(stageId)
    .foreach(batch => put(batch.copy(suspendedFor = batch.suspendedFor + suspensions)))

  private def of(stageId: Int): Option[BatchRow] = batchOfStage.get(stageId).flatMap(batches.get)

  private def put(batch: BatchRow): Unit = {
    batches(batch.id) = batch
    if (batches.size > batchesAtMost) batches -= batches.head._1
    writer.write(batch)
  }
}

private object Streams {
  private val queriesAtMost = 1000
  private val batchesAtMost = 1000
  private val stagesAtMost = 10000
}
