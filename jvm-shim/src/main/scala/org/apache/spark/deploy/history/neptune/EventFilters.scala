package org.apache.spark.deploy.history.neptune

import java.util.concurrent.TimeUnit

import org.apache.spark.deploy.history.{BasicEventFilterBuilder, EventFilter}
import org.apache.spark.deploy.history.EventFilter.FilterStatistics
import org.apache.spark.neptune.driver.{
  SparkListenerJobSuspensions, SparkListenerNeptuneSummary, SparkListenerTaskResumed,
  SparkListenerTaskSuspended}
import org.apache.spark.scheduler.SparkListenerEvent

/** What of our events stays in a rolling event log when the History Server compacts it: those of
 *  tasks whose jobs are alive, as Spark has it for its own (BasicEventFilterBuilder, Spark 4.x),
 *  and the last hour's summaries.
 *
 * Found by ServiceLoader, if the History Server has the jar; else it keeps all of them.
 */
private[spark] final class NeptuneEventFilterBuilder extends BasicEventFilterBuilder {
  private var lastMs = 0L

  override def onOtherEvent(event: SparkListenerEvent): Unit = {
    super.onOtherEvent(event)
    event match {
      case summary: SparkListenerNeptuneSummary => lastMs = math.max(lastMs, summary.time)
      case _ => ()
    }
  }

  override def createFilter(): EventFilter =
    new NeptuneEventFilter(liveTasks, lastMs - NeptuneEventFilter.summariesMs)
}

/** @param sinceMs the first summaries to keep, in milliseconds since the epoch */
private[neptune] final class NeptuneEventFilter(liveTasks: Set[Long], sinceMs: Long)
  extends EventFilter {
  /** Spark's own filter counts the tasks. */
  override def statistics(): Option[FilterStatistics] = None

  override def acceptFn(): PartialFunction[SparkListenerEvent, Boolean] = {
    case event: SparkListenerJobSuspensions =>
      event.suspended.taskId.exists(liveTasks) || event.resumed.taskId.exists(liveTasks)
    case event: SparkListenerNeptuneSummary => event.time >= sinceMs
    // In the logs of earlier versions.
    case event: SparkListenerTaskSuspended => liveTasks(event.taskId)
    case event: SparkListenerTaskResumed => liveTasks(event.taskId)
  }
}

private object NeptuneEventFilter {
  val summariesMs: Long = TimeUnit.HOURS.toMillis(1)
}
