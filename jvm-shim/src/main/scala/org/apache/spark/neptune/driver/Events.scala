package org.apache.spark.neptune.driver

import org.apache.spark.scheduler.SparkListenerEvent

/** A task was suspended; in the event log as it is, and dropped by readers that don't know it.
 *
 * @param time milliseconds since the epoch
 * @param times how often it has been suspended, this time included
 */
final case class SparkListenerTaskSuspended(
    taskId: Long, stageId: Int, executorId: String, priority: Int, time: Long, manual: Boolean,
    times: Int)
  extends SparkListenerEvent

/** A suspended task runs again.
 *
 * @param reason "core": there is one for it again; "rescue": a task of higher priority waits for
 *               what it holds; "resource": tasks of higher priority that have not started need what
 *               it holds beside cores; "bound": it was suspended for as long as a task may be;
 *               "decommission": its executor is to end
 * @param waitedFor what the higher task waited for, if it was a rescue: "block", "memory", "lock",
 *                  or "unknown": something that has no owner
 */
final case class SparkListenerTaskResumed(
    taskId: Long, stageId: Int, executorId: String, priority: Int, time: Long, manual: Boolean,
    reason: String, waitedFor: String)
  extends SparkListenerEvent
