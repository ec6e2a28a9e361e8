package org.apache.spark.neptune.driver.scheduler

import org.apache.spark.neptune.driver.inversion.{BroadcastLimits, DriverGuard}
import org.apache.spark.neptune.driver.priorities.{
  JobLimits, JobPriorities, PriorityOverrides, StagePriorities}
import org.apache.spark.neptune.driver.sharing.Targets
import org.apache.spark.scheduler.{
  SparkListener, SparkListenerEvent, SparkListenerJobEnd, SparkListenerJobStart}
import org.apache.spark.sql.execution.ui.SparkListenerSQLExecutionEnd
import org.apache.spark.sql.streaming.StreamingQueryListener.{
  QueryProgressEvent, QueryTerminatedEvent}

/** Tells of jobs and batches that begin and end; on a queue of Spark's listener bus that is ours
 *  alone.
 *
 * No method waits for the scheduler, so that the queue does not fill and drop events.
 *
 * @param limitsChanged to be told when another limit holds for what runs
 */
private[driver] final class JobEvents(
    priorities: JobPriorities, overrides: PriorityOverrides, stages: StagePriorities,
    broadcasts: BroadcastLimits, guard: DriverGuard, targets: Targets,
    limits: JobLimits, limitsChanged: () => Unit)
  extends SparkListener {

  override def onJobStart(event: SparkListenerJobStart): Unit = {
    overrides.started(event.jobId, priorities.judgedBy(event.properties))
    if (limits.began(event.jobId, event.properties)) limitsChanged()
    // A wrong priority fails the job as soon as it has tasks of its own.
    priorities.of(event.jobId, event.properties).foreach { priority =>
      stages.started(event.jobId, priority, event.stageIds)
      guard.started(event.jobId, event.properties)
      broadcasts.started(event.jobId, event.properties)
    }
  }

  override def onJobEnd(event: SparkListenerJobEnd): Unit = {
    overrides.ended(event.jobId)
    stages.ended(event.jobId)
    broadcasts.ended(event.jobId)
    guard.ended(event.jobId)
  }

  override def onOtherEvent(event: SparkListenerEvent): Unit = {
    overrides.told(event)
    event match {
      case end: SparkListenerSQLExecutionEnd => broadcasts.executionEnded(end.executionId)
      case event: QueryProgressEvent =>
        val progress = event.progress
        // In the map of ProgressReporter, or ProgressContext, for each trigger that ran a batch
        // (Spark 3.5 to 4.3).
        Option(progress.durationMs.get("triggerExecution")).foreach(tookMs =>
          targets.batchEnded(progress.id.toString, progress.batchId, tookMs))
      case event: QueryTerminatedEvent => targets.terminated(event.id.toString)
      case _ => ()
    }
  }
}

private[driver] object JobEvents {
  val queue: String = "neptune"
}
