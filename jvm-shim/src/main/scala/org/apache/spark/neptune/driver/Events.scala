package org.apache.spark.neptune.driver

import org.apache.spark.scheduler.SparkListenerEvent

/** A task was suspended; for listeners, and not in the event log, which Spark flushes at each event
 *  that is not its own: there, [[SparkListenerJobSuspensions]] says the same.
 *
 * @param time milliseconds since the epoch
 * @param times how often it has been suspended, this time included
 */
final case class SparkListenerTaskSuspended(
    taskId: Long, stageId: Int, executorId: String, priority: Int, time: Long, manual: Boolean,
    times: Int)
  extends SparkListenerEvent {
  override protected[spark] def logEvent: Boolean = false
}

/** A suspended task runs again; for listeners, and not in the event log.
 *
 * @param reason "core": there is one for it again; "rescue": a task of higher priority waits for
 *               what it holds; "resource": tasks of higher priority that have not started need what
 *               it holds beside cores; "bound": it was suspended for as long as a task may be;
 *               "decommission": its executor is to end; "manual": somebody had suspended it, and
 *               has taken that back
 * @param waitedFor what the higher task waited for, if it was a rescue: "block", "memory", "lock",
 *                  or "unknown": something that has no owner
 */
final case class SparkListenerTaskResumed(
    taskId: Long, stageId: Int, executorId: String, priority: Int, time: Long, manual: Boolean,
    reason: String, waitedFor: String)
  extends SparkListenerEvent {
  override protected[spark] def logEvent: Boolean = false
}

/** A stage was submitted at this priority, or has it from now on; for listeners, and not in the
 *  event log, where [[SparkListenerNeptuneSummary]] says the same.
 *
 * @param time milliseconds since the epoch
 */
final case class SparkListenerStagePriority(stageId: Int, priority: Int, time: Long)
  extends SparkListenerEvent {
  override protected[spark] def logEvent: Boolean = false
}

/** Which tasks of a job were suspended and resumed in the last second or so.
 *
 * Columns in the place of rows, and times as what had passed when this was said: so that an
 * application that suspends a thousand tasks a second has a log of bearable length.
 *
 * @param time milliseconds since the epoch
 */
final case class SparkListenerJobSuspensions(
    time: Long, jobId: Int, suspended: SuspendedColumns, resumed: ResumedColumns)
  extends SparkListenerEvent

/** One entry in each column for each suspension.
 *
 * @param agoMs how long before the event's time it was
 * @param times how often the task has been suspended, this time included
 * @param forPriority priority of those that it lends its core to; without meaning if it is manual
 * @param forStageId the first of their stages, or -1
 * @param cores how many it lends
 * @param ranCoreMs core-milliseconds that the task had run since it was last suspended, or launched
 * @param forLimit the limit because of which it is suspended, for nobody then: "pool etl"; empty if
 *                 there is none; null in the logs of earlier versions
 */
final case class SuspendedColumns(
    taskId: Array[Long], stageId: Array[Int], executorId: Array[String], priority: Array[Int],
    agoMs: Array[Int], manual: Array[Boolean], times: Array[Int], forPriority: Array[Int],
    forStageId: Array[Int], cores: Array[Double], ranCoreMs: Array[Long],
    forLimit: Array[String])

/** One entry in each column for each suspension that is over.
 *
 * @param times which one of the task's suspensions it was
 * @param reason as [[SparkListenerTaskResumed]] has it; or "end": the task ended while suspended;
 *               or "again": it was to resume, and was asked to suspend once more before it had
 */
final case class ResumedColumns(
    taskId: Array[Long], agoMs: Array[Int], times: Array[Int], reason: Array[String],
    waitedFor: Array[String])

/** What has been decided in the last second or so, and how things stand.
 *
 * @param time milliseconds since the epoch
 * @param priority the levels at which there are tasks, in columns with the next four
 * @param pending tasks that wait for their first core
 * @param stageId the stages that were submitted, or got another priority, in the order of that
 * @param stagePriority their priorities
 * @param decisions the first ones of that time
 * @param decisionsLeftOut how many more there were
 * @param statistics as `scheduler(spark).statistics()` has them in JSON; empty in most events
 * @param stageAgoMs how long before the event's time the stages got their priorities; null in the
 *                   logs of earlier versions
 */
final case class SparkListenerNeptuneSummary(
    time: Long, priority: Array[Int], running: Array[Int], pending: Array[Int],
    suspended: Array[Int], lentCores: Array[Double], stageId: Array[Int],
    stagePriority: Array[Int], decisions: Seq[DecisionSummary], decisionsLeftOut: Int,
    statistics: String, stageAgoMs: Array[Int])
  extends SparkListenerEvent

/** A decision, as `scheduler(spark).decisions()` has it, but for the victims beyond the first ones.
 *
 * @param victims how many there were in all
 * @param target how many cores a stream with a latency target has from now on, and why; empty for a
 *               policy's decisions, null in the logs of earlier versions
 */
final case class DecisionSummary(
    time: Long, policy: String, priority: Int, pendingTasks: Int, stageId: Array[Int], victims: Int,
    taskId: Array[Long], executorId: Array[String], reason: Array[String], fallback: String,
    target: String)

/** The settings in force, from now on.
 *
 * @param value what is secret by spark.redaction.regex is left out
 * @param isSet whether the application has set it
 */
final case class SparkListenerNeptuneSettings(
    time: Long, key: Array[String], value: Array[String], isSet: Array[Boolean])
  extends SparkListenerEvent
