package org.apache.spark.neptune.ui

import org.apache.spark.status.KVUtils.KVIndexParam

/** What the pages show, as it lies in Spark's store beside the rows of Spark's own UI: in memory,
 *  or on disk as JSON, where the History Server has it so.
 *
 * Times are in milliseconds since the epoch; -1: not yet. Values of rows that change are replaced.
 */
private[neptune] object Rows {
  val Never: Long = -1L
  /** When what has not ended does, so that it comes last. */
  val Open: Long = Long.MaxValue
}

/** A suspension.
 *
 * @param id number in order of their coming
 * @param forPriority priority of those that it was for; without meaning if it was manual
 * @param forStageId one of their stages, or -1
 * @param cores how many it lends
 * @param keptCoreMs core-milliseconds run since the last one, which killing would have thrown away
 * @param reason why it is over, as SparkListenerTaskResumed has it; empty while it lasts
 * @param forLimit the limit that it was because of; empty: none; null in a row that an earlier
 *                 version has stored
 */
private[neptune] final case class SuspensionRow(
    @KVIndexParam id: Long,
    taskId: Long,
    stageId: Int,
    jobId: Int,
    executorId: String,
    priority: Int,
    @KVIndexParam("began") beganMs: Long,
    @KVIndexParam("ended") endedMs: Long,
    manual: Boolean,
    times: Int,
    forPriority: Int,
    forStageId: Int,
    cores: Double,
    keptCoreMs: Long,
    reason: String,
    waitedFor: String,
    forLimit: String)

/** A task with its executor, for the timeline. */
private[neptune] final case class TaskRow(
    @KVIndexParam id: Long,
    stageId: Int,
    executorId: String,
    launchedMs: Long,
    @KVIndexParam("ended") endedMs: Long)

/** @param removedMs [[Rows.Open]] while it is there */
private[neptune] final case class ExecutorRow(
    @KVIndexParam id: String, host: String, cores: Int, addedMs: Long,
    @KVIndexParam("removed") removedMs: Long)

/** A stage.
 *
 * @param priority as last told
 * @param firstTaskMs when its first task began
 * @param allTasksMs when it had no more tasks to start
 * @param suspendedMs how long its tasks were suspended in all, as far as that is over
 * @param suspendedFor suspensions of other tasks for it
 */
private[neptune] final case class StageRow(
    @KVIndexParam id: Int,
    jobId: Int,
    name: String,
    priority: Int,
    hasPriority: Boolean,
    tasks: Int,
    @KVIndexParam("submitted") submittedMs: Long,
    firstTaskMs: Long,
    allTasksMs: Long,
    @KVIndexParam("suspensions") suspensions: Long,
    suspendedMs: Long,
    keptCoreMs: Long,
    rescues: Long,
    suspendedFor: Long)

/** A stage got another priority than it had been told with before. */
private[neptune] final case class LevelChangeRow(
    @KVIndexParam id: Long, stageId: Int, timeMs: Long, from: Int, to: Int)

/** A job; its figures are the sums over the stages that ran first for it. */
private[neptune] final case class JobRow(
    @KVIndexParam id: Int,
    description: String,
    stageIds: Array[Int],
    @KVIndexParam("submitted") submittedMs: Long,
    endedMs: Long,
    @KVIndexParam("suspensions") suspensions: Long,
    suspendedMs: Long,
    keptCoreMs: Long,
    suspendedFor: Long)

private[neptune] final case class DecisionRow(
    @KVIndexParam id: Long,
    timeMs: Long,
    policy: String,
    priority: Int,
    pendingTasks: Int,
    stageIds: Array[Int],
    victims: Int,
    taskIds: Array[Long],
    executorIds: Array[String],
    reasons: Array[String],
    fallback: String,
    target: String)

/** What came to pass in a minute.
 *
 * @param rescues by what the higher task waited for, in columns
 * @param priorities the levels of task sets that got their first core, with `firstTaskMs`
 * @param firstTaskMs how long each of the first ones had waited for it
 */
private[neptune] final case class MinuteRow(
    @KVIndexParam minute: Long,
    suspensions: Int,
    resumptions: Int,
    causes: Array[String],
    rescues: Array[Int],
    priorities: Array[Int],
    firstTaskMs: Array[Long])

/** A micro-batch of a stream.
 *
 * @param id of the query's run, and the batch's number
 * @param firstTaskMs how long its task sets waited for their first cores, in all
 * @param allTasksMs how long, until all of their tasks had had one
 * @param suspendedFor suspensions of other tasks for it
 */
private[neptune] final case class BatchRow(
    @KVIndexParam id: String,
    queryId: String,
    name: String,
    batchId: Long,
    @KVIndexParam("submitted") submittedMs: Long,
    endedMs: Long,
    taskSets: Int,
    firstTaskMs: Long,
    allTasksMs: Long,
    suspendedFor: Long)

/** What there is one of: the application's settings and figures as last told, and how many
 *  decisions were left out of the log. */
private[neptune] final case class ApplicationRow(
    @KVIndexParam id: String,
    timeMs: Long,
    keys: Array[String],
    values: Array[String],
    isSet: Array[Boolean],
    statistics: String,
    decisionsLeftOut: Long) {

  /** A setting's value, as last told. */
  def valueOf(key: String): Option[String] =
    Some(keys.indexOf(key)).filter(values.isDefinedAt).map(values(_))
}
