package org.apache.spark.deploy.history.neptune

import org.apache.spark.deploy.history.{BasicEventFilterBuilder, EventFilter}
import org.apache.spark.deploy.history.EventFilter.FilterStatistics
import org.apache.spark.neptune.driver.{SparkListenerTaskResumed, SparkListenerTaskSuspended}
import org.apache.spark.scheduler.SparkListenerEvent

/** What of our events stays in a rolling event log when the History Server compacts it: those of
 *  tasks whose jobs are alive, as Spark has it for its own (BasicEventFilterBuilder, Spark 4.x).
 *
 * Found by ServiceLoader, if the History Server has the jar; else it keeps all of them.
 */
private[spark] final class NeptuneEventFilterBuilder extends BasicEventFilterBuilder {
  override def createFilter(): EventFilter = new NeptuneEventFilter(liveTasks)
}

private[neptune] final class NeptuneEventFilter(liveTasks: Set[Long]) extends EventFilter {
  /** Spark's own filter counts the tasks. */
  override def statistics(): Option[FilterStatistics] = None

  override def acceptFn(): PartialFunction[SparkListenerEvent, Boolean] = {
    case event: SparkListenerTaskSuspended => liveTasks(event.taskId)
    case event: SparkListenerTaskResumed => liveTasks(event.taskId)
  }
}
