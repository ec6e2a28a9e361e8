package org.apache.spark.neptune.ui

import scala.collection.mutable

import org.apache.spark.scheduler.{SparkListenerJobEnd, SparkListenerJobStart, StageInfo}

/** How long a stage's tasks waited for cores.
 *
 * @param firstTaskMs till the first one had one, from the submission; set once, with the first
 * @param allTasksMs till all have had one; -1: some wait
 */
private[neptune] final case class StageWait(
    launchedMs: Long, firstTaskMs: Option[Long], allTasksMs: Long)

/** Jobs and stages, and what suspensions have meant for them. */
private[neptune] final class Work(writer: RowWriter) {
  import Work._

  /** Live ones, and the last that have ended, of which summaries may have to tell yet. */
  private val jobs = mutable.HashMap.empty[Int, JobRow]
  private val ended = mutable.Queue.empty[Int]
  private val stages = mutable.HashMap.empty[Int, Stage]
  /** Stages whose priority is told before Spark's bus has got to their submission. */
  private val priorities = mutable.LinkedHashMap.empty[Int, Int]

  def jobStarted(event: SparkListenerJobStart): Unit = {
    val properties = Option(event.properties)
    def property(key: String): Option[String] = properties.flatMap(p => Option(p.getProperty(key)))
    // The last stage is named after the action.
    val name = event.stageInfos.sortBy(_.stageId).lastOption.fold("")(_.name)
    val description = property("spark.job.description").filter(_.nonEmpty).getOrElse(name)
    put(JobRow(
      event.jobId, description.take(descriptionAtMost), event.stageIds.toArray, event.time,
      Rows.Never, 0L, 0L, 0L, 0L))
    event.stageInfos.foreach { info =>
      stages.getOrElseUpdate(info.stageId, new Stage(StageRow(
        info.stageId, event.jobId, info.name, 0, hasPriority = false, info.numTasks, Rows.Never,
        Rows.Never, Rows.Never, 0L, 0L, 0L, 0L, 0L)))
    }
  }

  def jobEnded(event: SparkListenerJobEnd): Unit = jobs.get(event.jobId).foreach { job =>
    put(job.copy(endedMs = event.time))
    ended += job.id
    if (ended.size > endedAtMost) {
      val oldest = ended.dequeue()
      jobs.remove(oldest).foreach(_.stageIds.foreach { id =>
        if (stages.get(id).exists(_.row.jobId == oldest)) stages.remove(id)
      })
    }
  }

  def stageSubmitted(info: StageInfo): Unit = stages.get(info.stageId).foreach { stage =>
    stage.launched = 0
    stage.attemptMs = info.submissionTime.getOrElse(Rows.Never)
    val known = priorities.remove(info.stageId)
    stage.row = stage.row.copy(
      tasks = info.numTasks,
      priority = known.getOrElse(stage.row.priority),
      hasPriority = stage.row.hasPriority || known.isDefined,
      submittedMs =
        if (stage.row.submittedMs < 0) stage.attemptMs else stage.row.submittedMs)
    writer.write(stage.row)
  }

  /** @return how long it has waited, if it is the first or the last one that starts */
  def taskStarted(stageId: Int, launchedMs: Long): Option[StageWait] =
    stages.get(stageId).filter(_.attemptMs >= 0).flatMap { stage =>
      stage.launched += 1
      val waitedMs = math.max(0L, launchedMs - stage.attemptMs)
      val (isFirst, isLast) = (stage.launched == 1, stage.launched == stage.row.tasks)
      if (isFirst || isLast) {
        if (isFirst && stage.row.firstTaskMs < 0) {
          stage.row = stage.row.copy(firstTaskMs = launchedMs)
        }
        if (isLast) stage.row = stage.row.copy(allTasksMs = launchedMs)
        writer.write(stage.row)
        Some(StageWait(
          launchedMs, if (isFirst) Some(waitedMs) else None, if (isLast) waitedMs else Rows.Never))
      } else None
    }

  def prioritized(stageId: Int, priority: Int, timeMs: Long): Unit = stages.get(stageId) match {
    case Some(stage) =>
      if (stage.row.hasPriority && stage.row.priority != priority) {
        writer.levelChange(stageId, timeMs, stage.row.priority, priority)
      }
      stage.row = stage.row.copy(priority = priority, hasPriority = true)
      if (stage.row.submittedMs >= 0) writer.write(stage.row)
    case None =>
      priorities(stageId) = priority
      if (priorities.size > prioritiesAtMost) priorities -= priorities.head._1
  }

  def priorityOf(stageId: Int): Option[Int] =
    stages.get(stageId).map(_.row).filter(_.hasPriority).map(_.priority)

  def jobOf(stageId: Int): Int = stages.get(stageId).fold(-1)(_.row.jobId)

  /** Tasks of the stage were suspended, or are no longer. */
  def suffered(
      stageId: Int, suspensions: Long, suspendedMs: Long, keptCoreMs: Long, rescues: Long): Unit =
    change(stageId)(
      row => row.copy(
        suspensions = row.suspensions + suspensions, suspendedMs = row.suspendedMs + suspendedMs,
        keptCoreMs = row.keptCoreMs + keptCoreMs, rescues = row.rescues + rescues))(
      job => job.copy(
        suspensions = job.suspensions + suspensions, suspendedMs = job.suspendedMs + suspendedMs,
        keptCoreMs = job.keptCoreMs + keptCoreMs))

  /** Tasks were suspended for the stage. */
  def gained(stageId: Int, suspensions: Long): Unit = change(stageId)(
    row => row.copy(suspendedFor = row.suspendedFor + suspensions))(
    job => job.copy(suspendedFor = job.suspendedFor + suspensions))

  private def change(stageId: Int)(ofStage: StageRow => StageRow)(ofJob: JobRow => JobRow): Unit =
    stages.get(stageId).foreach { stage =>
      stage.row = ofStage(stage.row)
      writer.write(stage.row)
      jobs.get(stage.row.jobId).foreach(job => put(ofJob(job)))
    }

  private def put(job: JobRow): Unit = {
    jobs(job.id) = job
    writer.write(job)
  }
}

private object Work {
  private val descriptionAtMost = 500
  private val prioritiesAtMost = 1000
  private val endedAtMost = 200

  /** @param row as it is in the store, or will be */
  private final class Stage(var row: StageRow) {
    /** When this attempt was submitted, and how many of its tasks have begun. */
    var attemptMs: Long = Rows.Never
    var launched = 0
  }
}
