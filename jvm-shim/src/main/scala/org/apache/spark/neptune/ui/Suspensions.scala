package org.apache.spark.neptune.ui

import java.util.concurrent.TimeUnit

import scala.collection.mutable

import org.apache.spark.neptune.driver.{SparkListenerJobSuspensions, SparkListenerTaskSuspended}

/** The suspensions, one by one and minute by minute. */
private[neptune] final class Suspensions(writer: RowWriter, work: Work, streams: Streams) {
  import Suspensions._

  /** Those that last, by task. */
  private val open = mutable.HashMap.empty[Long, SuspensionRow]
  private val minutes = mutable.LinkedHashMap.empty[Long, MinuteRow]
  /** Waits of stages whose priority has yet to be told. */
  private val waits = mutable.LinkedHashMap.empty[Int, StageWait]
  private var count = 0L
  private var ofEarlierVersion = false

  def told(event: SparkListenerJobSuspensions): Unit = {
    val began = event.suspended
    val over = event.resumed
    val starts =
      began.taskId.indices.map(i => Told(began.agoMs(i), began.times(i), isEnd = false, i))
    val ends = over.taskId.indices.map(i => Told(over.agoMs(i), over.times(i), isEnd = true, i))
    // A task may have been suspended and resumed several times.
    (starts ++ ends).sortBy(told => (-told.agoMs, told.times, told.isEnd)).foreach { told =>
      val i = told.index
      val timeMs = event.time - told.agoMs
      if (told.isEnd) resumed(over.taskId(i), timeMs, over.reason(i), over.waitedFor(i))
      else {
        val jobId = if (event.jobId < 0) work.jobOf(began.stageId(i)) else event.jobId
        suspended(SuspensionRow(
          0L, began.taskId(i), began.stageId(i), jobId, began.executorId(i), began.priority(i),
          timeMs, Rows.Open, began.manual(i), began.times(i), began.forPriority(i),
          began.forStageId(i), began.cores(i), began.ranCoreMs(i), "", "",
          Option(began.forLimit).fold("")(_(i))))
      }
    }
    minutes.valuesIterator.foreach(writer.write)
  }

  /** An event of an earlier version, which does not say for whom. */
  def told(event: SparkListenerTaskSuspended): Unit = {
    ofEarlierVersion = true
    suspended(SuspensionRow(
      0L, event.taskId, event.stageId, work.jobOf(event.stageId), event.executorId, event.priority,
      event.time, Rows.Open, event.manual, event.times, 0, -1, 1.0, 0L, "", "",
      ""))
    minutes.valuesIterator.foreach(writer.write)
  }

  private def suspended(row: SuspensionRow): Unit = {
    count += 1
    val numbered = row.copy(id = count)
    open(row.taskId) = numbered
    writer.write(numbered)
    inMinute(row.beganMs)(minute => minute.copy(suspensions = minute.suspensions + 1))
    // The summary that told of the stage may be gone from a log that was compacted.
    if (work.priorityOf(row.stageId).isEmpty) {
      work.prioritized(row.stageId, row.priority, row.beganMs)
    }
    work.suffered(row.stageId, 1L, 0L, numbered.keptCoreMs, 0L)
    if (!row.manual && row.forStageId >= 0) {
      work.gained(row.forStageId, 1L)
      streams.gained(row.forStageId, 1L)
    }
  }

  def resumed(taskId: Long, timeMs: Long, reason: String, waitedFor: String): Unit =
    open.remove(taskId).foreach { row =>
      writer.write(row.copy(endedMs = timeMs, reason = reason, waitedFor = waitedFor))
      val isRescue = reason == "rescue"
      work.suffered(
        row.stageId, 0L, math.max(0L, timeMs - row.beganMs), 0L, if (isRescue) 1L else 0L)
      inMinute(timeMs) { minute =>
        val more = minute.copy(resumptions = minute.resumptions + 1)
        if (isRescue) rescued(more, waitedFor) else more
      }
    }

  /** In summaries the driver itself says that a suspended task has ended: they come later. */
  def taskEnded(taskId: Long, timeMs: Long): Unit =
    if (ofEarlierVersion) resumed(taskId, timeMs, "end", "")

  /** The stage's first task, or its last one, has begun. */
  def waited(stageId: Int, wait: StageWait): Unit = if (wait.firstTaskMs.isDefined) {
    work.priorityOf(stageId) match {
      case Some(priority) => add(wait, priority)
      case None =>
        waits(stageId) = wait
        if (waits.size > waitsAtMost) waits -= waits.head._1
    }
  }

  def prioritized(stageId: Int, priority: Int): Unit =
    waits.remove(stageId).foreach(add(_, priority))

  private def add(wait: StageWait, priority: Int): Unit = {
    inMinute(wait.launchedMs) { minute =>
      if (minute.priorities.length >= latenciesAtMost) minute
      else minute.copy(
        priorities = minute.priorities :+ priority,
        firstTaskMs = minute.firstTaskMs :+ wait.firstTaskMs.getOrElse(0L))
    }
    minutes.get(minuteOf(wait.launchedMs)).foreach(writer.write)
  }

  private def rescued(minute: MinuteRow, cause: String): MinuteRow =
    minute.causes.indexOf(cause) match {
      case -1 => minute.copy(causes = minute.causes :+ cause, rescues = minute.rescues :+ 1)
      case i => minute.copy(rescues = minute.rescues.updated(i, minute.rescues(i) + 1))
    }

  private def inMinute(timeMs: Long)(change: MinuteRow => MinuteRow): Unit = {
    val minute = minuteOf(timeMs)
    val row = minutes.remove(minute).getOrElse(
      MinuteRow(minute, 0, 0, Array.empty, Array.empty, Array.empty, Array.empty))
    minutes(minute) = change(row)
    if (minutes.size > minutesAtOnce) {
      val (_, oldest) = minutes.head
      writer.write(oldest)
      minutes -= oldest.minute
    }
  }

  private def minuteOf(timeMs: Long): Long = TimeUnit.MILLISECONDS.toMinutes(timeMs)
}

private object Suspensions {
  /** Events come a few seconds late. */
  private val minutesAtOnce = 3
  private val latenciesAtMost = 200
  private val waitsAtMost = 1000

  /** @param times which one of its task's suspensions it is about */
  private final case class Told(agoMs: Int, times: Int, isEnd: Boolean, index: Int)
}
