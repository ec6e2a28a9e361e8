package org.apache.spark.neptune.ui

import scala.jdk.CollectionConverters._

import org.apache.spark.neptune.driver.DecisionSummary
import org.apache.spark.status.ElementTrackingStore

/** Writes rows, and sees to it that there are not too many of any kind: the oldest go. */
private[neptune] final class RowWriter(store: ElementTrackingStore) {
  import RowWriter._

  private var app = ApplicationRow(
    RowWriter.Application, Rows.Never, Array.empty, Array.empty, Array.empty, "", 0L)
  private var decisions = 0L
  private var levelChanges = 0L

  bound[SuspensionRow](classOf[SuspensionRow], StoredRows.Key, _.id)
  bound[TaskRow](classOf[TaskRow], "ended", _.id)
  bound[StageRow](classOf[StageRow], StoredRows.Key, _.id)
  bound[JobRow](classOf[JobRow], StoredRows.Key, _.id)
  bound[DecisionRow](classOf[DecisionRow], StoredRows.Key, _.id)
  bound[MinuteRow](classOf[MinuteRow], StoredRows.Key, _.minute)
  bound[BatchRow](classOf[BatchRow], "submitted", _.id)
  bound[ExecutorRow](classOf[ExecutorRow], "removed", _.id)
  bound[LevelChangeRow](classOf[LevelChangeRow], StoredRows.Key, _.id)

  def write(row: Any): Unit = store.write(row, checkTriggers = true)

  def decision(told: DecisionSummary): Unit = {
    decisions += 1
    write(DecisionRow(
      decisions, told.time, told.policy, told.priority, told.pendingTasks, told.stageId,
      told.victims, told.taskId, told.executorId, told.reason, told.fallback,
      Option(told.target).getOrElse("")))
  }

  def levelChange(stageId: Int, timeMs: Long, from: Int, to: Int): Unit = {
    levelChanges += 1
    write(LevelChangeRow(levelChanges, stageId, timeMs, from, to))
  }

  def application(change: ApplicationRow => ApplicationRow): Unit = {
    app = change(app)
    write(app)
  }

  private def bound[T](kind: Class[T], index: String, keyOf: T => Any): Unit =
    store.addTrigger(kind, rowsAtMost) { count =>
      val oldest = store.view(kind).index(index).max(count - rowsAtMost + rowsAtOnce)
        .closeableIterator()
      val keys = try oldest.asScala.map(keyOf).toList finally oldest.close()
      keys.foreach(store.delete(kind, _))
    }
}

private[neptune] object RowWriter {
  val Application: String = "application"
  /** Of each kind. */
  private[ui] val rowsAtMost = 10000L
  /** So many go at once, lest each that comes have others looked for. */
  private val rowsAtOnce = 500L
}
