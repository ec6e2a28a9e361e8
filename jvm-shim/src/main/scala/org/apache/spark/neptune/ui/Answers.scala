package org.apache.spark.neptune.ui

import com.fasterxml.jackson.databind.ObjectMapper
import com.fasterxml.jackson.module.scala.DefaultScalaModule
import neptune.time.Clock

import org.apache.spark.neptune.settings.Settings

/** What the pages' JSON says: of a live application or of one in the History Server.
 *
 * @param now how things stand with a live application
 */
private[neptune] final class Answers(
    rows: StoredRows, now: Option[Part => Map[String, Any]], clock: Clock) {
  import Answers._

  def isLive: Boolean = now.isDefined

  /** How things stand; or stood at the end, as far as that was told: in the same shape. */
  def standing(part: Part): Map[String, Any] = now.fold(atTheEnd(part))(_(part)) ++ about

  private def atTheEnd(part: Part): Map[String, Any] = {
    val statistics = rows.application.map(_.statistics).filter(_.nonEmpty)
      .map(text => mapper.readTree(text))
    Map(
      "policy" -> rows.application.flatMap(_.valueOf(Settings.Policy)).orNull,
      "statistics" -> statistics.orNull,
      "levels" -> statistics.fold[Any](Nil)(_.path("levels")),
      "suspended" -> Map[String, Any](
        "total" -> 0, "page" -> part.number, "page_size" -> part.size, "rows" -> Nil),
      "waiting" -> Nil,
      "waiting_left_out" -> 0)
  }

  def suspensions(part: Part): Map[String, Any] =
    about + ("suspensions" -> rows.page(classOf[SuspensionRow], StoredRows.Key, part)(describe))

  def jobs(part: Part): Map[String, Any] = {
    val lasting = lastingMs
    val ofJobs = lasting.toSeq
      .groupBy { case (stageId, _) => rows.get(classOf[StageRow], stageId).fold(-1)(_.jobId) }
      .map { case (jobId, ofStages) => jobId -> ofStages.map(_._2).sum }
    about + ("jobs" -> rows.page(classOf[JobRow], StoredRows.Key, part)(row =>
      describe(row, ofJobs.getOrElse(row.id, 0L))))
  }

  def stages(part: Part): Map[String, Any] = {
    val lasting = lastingMs
    about + ("stages" -> rows.page(classOf[StageRow], StoredRows.Key, part)(row =>
      describe(row, lasting.getOrElse(row.id, 0L))))
  }

  /** By stage, for how long the suspensions that are not over have lasted, all together. */
  private def lastingMs: Map[Int, Long] = {
    val untilMs = nowMs
    rows.since(classOf[SuspensionRow], "ended", Rows.Open, RowWriter.rowsAtMost.toInt)
      .groupBy(_.stageId)
      .map { case (stageId, open) =>
        stageId -> open.map(row => math.max(0L, untilMs - row.beganMs)).sum
      }
  }

  def decisions(part: Part): Map[String, Any] = about ++ Map(
    "left_out" -> rows.application.fold(0L)(_.decisionsLeftOut),
    "decisions" -> rows.page(classOf[DecisionRow], StoredRows.Key, part)(describe))

  def streams(part: Part): Map[String, Any] =
    about + ("batches" -> rows.page(classOf[BatchRow], "submitted", part)(describe))

  def settings: Map[String, Any] = about + ("settings" -> rows.application.toList.flatMap { row =>
    row.keys.indices.map(i => Map[String, Any](
      "key" -> row.keys(i), "value" -> row.values(i), "set" -> row.isSet(i),
      "changeable" -> SettingsTexts.isChangeable(row.keys(i)),
      "doc" -> SettingsTexts.of(row.keys(i))))
  })

  /** What has come to pass in the last `seconds`, or minute by minute before. */
  def overTime(seconds: Int): Map[String, Any] = {
    val untilMs = nowMs
    val askedMs = untilMs - seconds * 1000L
    val executors = rows.since(classOf[ExecutorRow], "removed", askedMs, executorsAtMost)
    val fromMs = math.max(askedMs, executors.map(_.addedMs).reduceOption(_ min _).getOrElse(0L))
    val tasks = rows.since(classOf[TaskRow], "ended", fromMs, barsAtMost)
      .filter(_.launchedMs <= untilMs)
    val suspended = rows.since(classOf[SuspensionRow], "ended", fromMs, barsAtMost)
      .filter(_.beganMs <= untilMs)
    val stages = tasks.map(_.stageId).distinct.flatMap(rows.get(classOf[StageRow], _))
    val changes =
      rows.last(classOf[LevelChangeRow], StoredRows.Key, changesAtMost).groupBy(_.stageId)
    val minutes = rows.last(classOf[MinuteRow], StoredRows.Key, minutesAtMost)
    about ++ Map(
      "from" -> fromMs, "until" -> untilMs,
      "executors" -> executors.sortBy(e => (e.id.length, e.id)).map(e => Map[String, Any](
        "executor_id" -> e.id, "host" -> e.host, "cores" -> e.cores, "added" -> e.addedMs,
        "removed" -> orNull(e.removedMs))),
      "stages" -> stages.map(s => Map[String, Any](
        "stage_id" -> s.id, "priority" -> (if (s.hasPriority) s.priority else null),
        "changes" -> changes.getOrElse(s.id, Nil).sortBy(_.timeMs).map(c => Map[String, Any](
          "time" -> c.timeMs, "from" -> c.from, "to" -> c.to)))),
      "tasks" -> tasks.map(t => Array[Any](
        t.id, t.executorId, t.stageId, t.launchedMs, orNull(t.endedMs))),
      "tasks_at_most" -> barsAtMost,
      "suspended" -> suspended.map(s => Array[Any](
        s.taskId, s.beganMs, orNull(s.endedMs), s.cores, s.priority)),
      "minutes" -> minutes.map(m => Map[String, Any](
        "time" -> m.minute * 60000L, "suspensions" -> m.suspensions,
        "resumptions" -> m.resumptions,
        "rescues" -> m.causes.zip(m.rescues).toMap,
        "priorities" -> m.priorities, "first_task_s" -> m.firstTaskMs.map(_ / 1e3))))
  }

  private def nowMs: Long =
    if (isLive) clock.getTimeMillis()
    else rows.application.fold(Rows.Never)(_.timeMs)

  private def about: Map[String, Any] = Map("live" -> isLive, "time" -> nowMs)

  private def describe(row: SuspensionRow): Map[String, Any] = Map(
    "id" -> row.id, "task_id" -> row.taskId, "stage_id" -> row.stageId, "job_id" -> row.jobId,
    "executor_id" -> row.executorId, "priority" -> row.priority, "began" -> row.beganMs,
    "ended" -> orNull(row.endedMs), "manual" -> row.manual, "times" -> row.times,
    "for_priority" -> (if (row.manual || row.forStageId < 0) null else row.forPriority),
    "for_stage_id" -> (if (row.manual || row.forStageId < 0) null else row.forStageId),
    "for_limit" -> Option(row.forLimit).filter(_.nonEmpty).orNull,
    "work_kept_core_s" -> row.keptCoreMs / 1e3, "reason" -> row.reason,
    "waited_for" -> row.waitedFor)

  /** @param lastingMs the time of suspensions that are not over */
  private def describe(row: StageRow, lastingMs: Long): Map[String, Any] = Map(
    "stage_id" -> row.id, "job_id" -> row.jobId, "name" -> row.name,
    "priority" -> (if (row.hasPriority) row.priority else null), "tasks" -> row.tasks,
    "submitted" -> orNull(row.submittedMs),
    "first_task_s" -> waitS(row.submittedMs, row.firstTaskMs),
    "all_tasks_s" -> waitS(row.submittedMs, row.allTasksMs),
    "suspensions" -> row.suspensions,
    "suspended_s" -> (row.suspendedMs + lastingMs) / 1e3,
    "work_kept_core_s" -> row.keptCoreMs / 1e3, "rescues" -> row.rescues,
    "suspended_for" -> row.suspendedFor)

  private def describe(row: JobRow, lastingMs: Long): Map[String, Any] = Map(
    "job_id" -> row.id, "description" -> row.description, "stage_ids" -> row.stageIds,
    "submitted" -> row.submittedMs, "ended" -> orNull(row.endedMs),
    "suspensions" -> row.suspensions,
    "suspended_s" -> (row.suspendedMs + lastingMs) / 1e3,
    "work_kept_core_s" -> row.keptCoreMs / 1e3, "suspended_for" -> row.suspendedFor)

  private def describe(row: DecisionRow): Map[String, Any] = Map(
    "time" -> row.timeMs, "policy" -> row.policy, "priority" -> row.priority,
    "pending_tasks" -> row.pendingTasks, "stage_ids" -> row.stageIds,
    "victims_in_all" -> row.victims,
    "victims" -> row.taskIds.indices.map(i => Map[String, Any](
      "task_id" -> row.taskIds(i), "executor_id" -> row.executorIds(i),
      "reason" -> row.reasons(i))),
    "fallback" -> row.fallback, "target" -> row.target)

  private def describe(row: BatchRow): Map[String, Any] = Map(
    "query_id" -> row.queryId, "name" -> row.name, "batch_id" -> row.batchId,
    "submitted" -> row.submittedMs, "ended" -> orNull(row.endedMs),
    "task_sets" -> row.taskSets, "first_task_s" -> row.firstTaskMs / 1e3,
    "all_tasks_s" -> row.allTasksMs / 1e3, "suspended_for" -> row.suspendedFor)

  private def orNull(timeMs: Long): Any =
    if (timeMs == Rows.Open || timeMs == Rows.Never) null else timeMs

  private def waitS(sinceMs: Long, untilMs: Long): Any =
    if (sinceMs < 0 || untilMs < 0) null else math.max(0L, untilMs - sinceMs) / 1e3
}

private[neptune] object Answers {
  private[ui] val mapper = new ObjectMapper().registerModule(DefaultScalaModule)
  private val barsAtMost = 4000
  private val changesAtMost = 1000
  private val executorsAtMost = 100
  private val minutesAtMost = 24 * 60
}
