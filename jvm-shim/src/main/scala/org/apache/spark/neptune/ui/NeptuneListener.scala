package org.apache.spark.neptune.ui

import scala.collection.mutable

import org.apache.spark.neptune.driver.{
  SparkListenerJobSuspensions, SparkListenerNeptuneSettings, SparkListenerNeptuneSummary,
  SparkListenerStagePriority, SparkListenerTaskResumed, SparkListenerTaskSuspended}
import org.apache.spark.scheduler._
import org.apache.spark.sql.streaming.StreamingQueryListener.QueryStartedEvent
import org.apache.spark.status.ElementTrackingStore

/** Writes what the pages show into Spark's store: from the events as they come, or as the History
 *  Server reads them from a log.
 *
 * THREADING: by one thread, that of its queue or of the History Server's replay.
 *
 * @param live whether the events come from a live application
 */
private[neptune] final class NeptuneListener(store: ElementTrackingStore, live: Boolean)
  extends SparkListener {

  private val writer = new RowWriter(store)
  private val work = new Work(writer)
  private val streams = new Streams(writer)
  private val suspensions = new Suspensions(writer, work, streams)
  private val executors = mutable.HashMap.empty[String, ExecutorRow]

  override def onJobStart(event: SparkListenerJobStart): Unit = {
    work.jobStarted(event)
    streams.jobStarted(event)
  }

  override def onJobEnd(event: SparkListenerJobEnd): Unit = {
    work.jobEnded(event)
    streams.jobEnded(event)
  }

  override def onStageSubmitted(event: SparkListenerStageSubmitted): Unit =
    work.stageSubmitted(event.stageInfo)

  override def onTaskStart(event: SparkListenerTaskStart): Unit = {
    val info = event.taskInfo
    work.taskStarted(event.stageId, info.launchTime).foreach { wait =>
      streams.waited(event.stageId, wait)
      suspensions.waited(event.stageId, wait)
    }
    writer.write(
      TaskRow(info.taskId, event.stageId, info.executorId, info.launchTime, Rows.Open))
  }

  override def onTaskEnd(event: SparkListenerTaskEnd): Unit = {
    val info = event.taskInfo
    suspensions.taskEnded(info.taskId, info.finishTime)
    writer.write(
      TaskRow(info.taskId, event.stageId, info.executorId, info.launchTime, info.finishTime))
  }

  override def onExecutorAdded(event: SparkListenerExecutorAdded): Unit = {
    val info = event.executorInfo
    put(ExecutorRow(
      event.executorId, info.executorHost, info.totalCores.toInt, event.time, Rows.Open))
  }

  override def onExecutorRemoved(event: SparkListenerExecutorRemoved): Unit =
    executors.get(event.executorId).foreach(row => put(row.copy(removedMs = event.time)))

  private def put(row: ExecutorRow): Unit = {
    executors(row.id) = row
    writer.write(row)
    if (row.removedMs != Rows.Open) executors.remove(row.id)
  }

  override def onOtherEvent(event: SparkListenerEvent): Unit = event match {
    case event: SparkListenerJobSuspensions => suspensions.told(event)
    case event: SparkListenerNeptuneSummary =>
      if (!live) event.stageId.indices.foreach { i =>
        val agoMs = Option(event.stageAgoMs).fold(0)(_(i))
        prioritized(event.stageId(i), event.stagePriority(i), event.time - agoMs)
      }
      event.decisions.foreach(writer.decision)
      writer.application { row =>
        row.copy(
          timeMs = event.time,
          statistics = if (event.statistics.isEmpty) row.statistics else event.statistics,
          decisionsLeftOut = row.decisionsLeftOut + event.decisionsLeftOut)
      }
    // The log has it in summaries only, a few seconds later.
    case event: SparkListenerStagePriority =>
      prioritized(event.stageId, event.priority, event.time)
    case event: SparkListenerNeptuneSettings =>
      writer.application(_.copy(
        timeMs = event.time, keys = event.key, values = event.value, isSet = event.isSet))
    case event: QueryStartedEvent =>
      streams.queryStarted(event.id.toString, Option(event.name).getOrElse(""))
    // A log of an earlier version; a live application says it in summaries, too.
    case event: SparkListenerTaskSuspended if !live => suspensions.told(event)
    case event: SparkListenerTaskResumed if !live =>
      suspensions.resumed(event.taskId, event.time, event.reason, event.waitedFor)
    case _ => ()
  }

  private def prioritized(stageId: Int, priority: Int, timeMs: Long): Unit = {
    work.prioritized(stageId, priority, timeMs)
    suspensions.prioritized(stageId, priority)
  }
}
