package org.apache.spark.neptune.driver.report

import java.util.concurrent.TimeUnit

import scala.collection.mutable

import neptune.core.{Nanocores, Snapshot, TaskEntry, Victim}
import neptune.time.{Clock, Timer}

import org.apache.spark.neptune.driver.{
  DecisionSummary, ResumedColumns, SparkListenerJobSuspensions, SparkListenerNeptuneSettings,
  SparkListenerNeptuneSummary, SparkListenerStagePriority, SparkListenerTaskResumed,
  SparkListenerTaskSuspended, SuspendedColumns}
import org.apache.spark.neptune.settings.SettingInForce
import org.apache.spark.scheduler.SparkListenerEvent

/** Tells listeners at once of what happens to tasks, and the event log and the UI once a second, in
 *  summaries: Spark flushes its log at each event that is not its own.
 *
 * THREADING: under `lock`, the scheduler's, but for `stop`; events are posted without waiting.
 *
 * @param isRead whether anybody reads the summaries: else there are none
 * @param levels how things stand
 * @param statistics all figures, as JSON; they take some time
 * @param limitHolding the limit that holds a suspended task, if one does
 */
private[driver] final class Chronicle(
    isRead: Boolean, lock: AnyRef, levels: => Seq[LevelFigures], statistics: => String,
    limitHolding: TaskEntry => Option[String], post: SparkListenerEvent => Unit, timer: Timer,
    clock: Clock) {
  import Chronicle._

  private val suspensions = mutable.ArrayBuffer.empty[Began]
  private val resumptions = mutable.ArrayBuffer.empty[Over]
  private val decisions = mutable.ArrayBuffer.empty[DecisionRecord]
  private var decisionsLeftOut = 0
  private val stages = mutable.Queue.empty[SparkListenerStagePriority]
  /** Tasks whose suspension was told, and not its end. */
  private val open = mutable.HashMap.empty[Long, Open]
  /** For how long live tasks had run when they were last suspended. */
  private val ranNs = mutable.HashMap.empty[Long, Long]
  /** For whom tasks were asked to suspend that have not yet. */
  private val beneficiaries = mutable.HashMap.empty[Long, Beneficiary]
  /** When the next summary is due, if anything is to be told. */
  private var dueNs = Option.empty[Long]
  private var toldNs = clock.nanoTime() - everyNs
  private var withoutStatistics = statisticsEvery

  def suspended(entry: TaskEntry, stageId: Int): Unit = {
    val task = entry.task
    val now = clock.getTimeMillis()
    post(SparkListenerTaskSuspended(
      task.taskId, stageId, task.executorId, task.priority, now, entry.isManual,
      entry.timesSuspended))
    if (isRead) {
      val others = beneficiaries.remove(task.taskId).getOrElse(nobody)
      val beneficiary =
        if (entry.isManual) nobody
        else limitHolding(entry).fold(others)(Beneficiary(0, -1, _))
      over(task.taskId, Again, "")
      val moreNs = entry.keptNs - ranNs.getOrElse(task.taskId, 0L)
      ranNs(task.taskId) = entry.keptNs
      val ranCoreMs =
        TimeUnit.NANOSECONDS.toMillis((moreNs * Nanocores.toCores(task.nanocores)).toLong)
      suspensions += Began(
        now, task.taskId, task.jobId, stageId, task.executorId, task.priority, entry.isManual,
        entry.timesSuspended, beneficiary, Nanocores.toCores(task.nanocores), ranCoreMs)
      open(task.taskId) = Open(task.jobId, entry.timesSuspended, beneficiary)
      tellWithin(everyNs)
    }
  }

  /** A suspended task runs again, for a reason as [[SparkListenerTaskResumed]] has it. */
  def resumed(entry: TaskEntry, stageId: Int, reason: String, waitedFor: String): Unit = {
    val task = entry.task
    post(SparkListenerTaskResumed(
      task.taskId, stageId, task.executorId, task.priority, clock.getTimeMillis(), entry.isManual,
      reason, waitedFor))
    over(task.taskId, reason, waitedFor)
  }

  /** The task is over, whether it was suspended or not.
   *
   * @param reason why it no longer was suspended, if it was till now
   */
  def ended(taskId: Long, reason: String = End): Unit = {
    beneficiaries.remove(taskId)
    ranNs.remove(taskId)
    over(taskId, reason, "")
  }

  private def over(taskId: Long, reason: String, waitedFor: String): Unit =
    open.remove(taskId).foreach { was =>
      resumptions +=
        Over(clock.getTimeMillis(), taskId, was.jobId, was.times, reason, waitedFor)
      tellWithin(everyNs)
    }

  /** These are to be suspended for what the snapshot has waiting. */
  def chose(victims: Seq[Victim], snapshot: Snapshot): Unit = if (isRead) {
    victims.foreach { victim =>
      val stageId = snapshot.pending.headOption.fold(-1)(_.stageId)
      beneficiaries(victim.taskId) = Beneficiary(snapshot.priority, stageId)
    }
  }

  /** Those that the suspended task has lent its core to, if it was suspended for others. */
  def beneficiaryOf(taskId: Long): Option[Beneficiary] =
    open.get(taskId).map(_.beneficiary).filter(whom => whom != nobody && whom.limit.isEmpty)

  def decided(record: DecisionRecord): Unit = if (isRead) {
    // What a policy decides is not to crowd out what streams have got.
    val alike = decisions.count(_.target.isDefined == record.target.isDefined)
    if (alike < decisionsAtMost) decisions += record else decisionsLeftOut += 1
    tellWithin(everyNs)
  }

  /** The stage is to run, or goes on, at this priority. */
  def stage(stageId: Int, priority: Int): Unit = {
    val told = SparkListenerStagePriority(stageId, priority, clock.getTimeMillis())
    post(told)
    if (isRead) {
      stages += told
      if (stages.size > stagesAtMost) stages.dequeue()
      tellWithin(stagesNs)
    }
  }

  /** These settings are in force from now on. */
  def settings(settings: Seq[SettingInForce]): Unit = if (isRead) {
    post(SparkListenerNeptuneSettings(
      clock.getTimeMillis(), settings.map(_.key).toArray, settings.map(_.value).toArray,
      settings.map(_.isSet).toArray))
  }

  /** Tells now what is left to tell. Not under the lock. */
  def tell(): Unit = if (isRead) tell(isLast = false)

  /** The same, and all figures. Not under the lock. */
  def stop(): Unit = if (isRead) tell(isLast = true)

  private def tellWithin(ns: Long): Unit = {
    val full = suspensions.size + resumptions.size >= rowsAtMost
    val now = clock.nanoTime()
    val due = if (full) now else math.max(now, toldNs + ns)
    if (dueNs.forall(due - _ < 0)) {
      dueNs = Some(due)
      timer.afterNs(due - now)(if (lock.synchronized(dueNs.contains(due))) tell(isLast = false))
    }
  }

  private def tell(isLast: Boolean): Unit = {
    val events = lock.synchronized {
      dueNs = None
      toldNs = clock.nanoTime()
      withoutStatistics += 1
      ofJobs() :+ summary(isLast || withoutStatistics >= statisticsEvery)
    }
    events.foreach(post)
  }

  /** An event for each job, so that a log can forget what was of one that is over
   *  (NeptuneEventFilter); for the last ones together if they are many. */
  private def ofJobs(): Seq[SparkListenerEvent] = {
    val now = clock.getTimeMillis()
    val jobIds = (suspensions.iterator.map(_.jobId) ++ resumptions.iterator.map(_.jobId))
      .toSeq.distinct
    val alone = if (jobIds.size <= jobsAtMost) jobIds.toSet else jobIds.take(jobsAtMost - 1).toSet
    def group(jobId: Int): Int = if (alone(jobId)) jobId else several
    val began = suspensions.toList.groupBy(s => group(s.jobId))
    val over = resumptions.toList.groupBy(r => group(r.jobId))
    suspensions.clear()
    resumptions.clear()
    jobIds.map(group).distinct.map { jobId =>
      SparkListenerJobSuspensions(
        now, jobId, columnsOf(began.getOrElse(jobId, Nil), now),
        endColumnsOf(over.getOrElse(jobId, Nil), now))
    }
  }

  private def columnsOf(rows: List[Began], now: Long): SuspendedColumns = SuspendedColumns(
    rows.map(_.taskId).toArray, rows.map(_.stageId).toArray, rows.map(_.executorId).toArray,
    rows.map(_.priority).toArray, rows.map(row => (now - row.timeMs).toInt).toArray,
    rows.map(_.manual).toArray, rows.map(_.times).toArray,
    rows.map(_.beneficiary.priority).toArray, rows.map(_.beneficiary.stageId).toArray,
    rows.map(_.cores).toArray, rows.map(_.ranCoreMs).toArray,
    rows.map(_.beneficiary.limit).toArray)

  private def endColumnsOf(rows: List[Over], now: Long): ResumedColumns = ResumedColumns(
    rows.map(_.taskId).toArray, rows.map(row => (now - row.timeMs).toInt).toArray,
    rows.map(_.times).toArray, rows.map(_.reason).toArray, rows.map(_.waitedFor).toArray)

  private def summary(withStatistics: Boolean): SparkListenerEvent = {
    val figures = levels
    val now = clock.getTimeMillis()
    val told = SparkListenerNeptuneSummary(
      now, figures.map(_.priority).toArray, figures.map(_.running).toArray,
      figures.map(_.pending).toArray, figures.map(_.suspended).toArray,
      figures.map(level => Nanocores.toCores(level.lentNanocores)).toArray,
      stages.map(_.stageId).toArray, stages.map(_.priority).toArray,
      decisions.toList.map(summaryOf), decisionsLeftOut, if (withStatistics) statistics else "",
      stages.map(stage => (now - stage.time).toInt).toArray)
    decisions.clear()
    decisionsLeftOut = 0
    stages.clear()
    if (withStatistics) withoutStatistics = 0
    told
  }
}

private[driver] object Chronicle {
  /** Why a suspension is over whose task has ended. */
  val End: String = "end"
  /** The same of one that was to resume, and was asked to suspend again before it had. */
  private val Again = "again"

  private val everyNs: Long = TimeUnit.SECONDS.toNanos(1)
  /** That stages run at some priority is of less interest, when nobody is suspended for them. */
  private val stagesNs: Long = TimeUnit.SECONDS.toNanos(5)
  /** One summary in so many has the figures, and the first and the last one. */
  private val statisticsEvery = 10
  private val decisionsAtMost = 20
  private val victimsAtMost = 20
  private val stagesAtMost = 1000
  private val jobsAtMost = 8
  /** With more there is no waiting for the second's end. */
  private val rowsAtMost = 5000
  private val several = -1
  private val nobody = Beneficiary(0, -1)

  /** Who is to have a task's core.
   *
   * @param stageId the first of their stages, or -1
   * @param limit what the task is suspended for if it is for nobody, but because of a limit
   */
  private[driver] final case class Beneficiary(priority: Int, stageId: Int, limit: String = "")

  private final case class Open(jobId: Int, times: Int, beneficiary: Beneficiary)

  private final case class Began(
      timeMs: Long, taskId: Long, jobId: Int, stageId: Int, executorId: String, priority: Int,
      manual: Boolean, times: Int, beneficiary: Beneficiary, cores: Double, ranCoreMs: Long)

  private final case class Over(
      timeMs: Long, taskId: Long, jobId: Int, times: Int, reason: String, waitedFor: String)

  /** A decision, with the first victims of many. */
  private[driver] def summaryOf(record: DecisionRecord): DecisionSummary = {
    val first = record.victims.take(victimsAtMost)
    DecisionSummary(
      record.timeMs, record.policy, record.priority, record.pendingTasks, record.stageIds.toArray,
      record.victims.size, first.map(_.taskId).toArray, first.map(_.executorId).toArray,
      first.map(_.reason).toArray, record.fallback.getOrElse(""), record.target.getOrElse(""))
  }
}
