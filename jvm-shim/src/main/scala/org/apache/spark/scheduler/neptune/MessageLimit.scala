package org.apache.spark.scheduler.neptune

import org.apache.spark.SparkConf
import org.apache.spark.scheduler.TaskDescription
import org.apache.spark.util.RpcUtils

/** Which launched tasks never reach their executor, because they are too large for a message.
 *
 * CoarseGrainedSchedulerBackend.launchTasks (Spark 4.x) then aborts the task set and leaves the
 * task as it is: in TaskSchedulerImpl's tables it runs for ever. It takes no core from its
 * executor.
 */
private[spark] final class MessageLimit(conf: SparkConf, isLocal: Boolean) {
  private val limitBytes = RpcUtils.maxMessageSizeBytes(conf)

  /** Encodes the large ones a second time. What is beside the task itself (the properties of its
   *  job, names of files) is hardly as large. */
  def exceeds(task: TaskDescription): Boolean =
    !isLocal && task.serializedTask.limit() >= limitBytes / 2 &&
      TaskDescription.encode(task).limit() >= limitBytes
}
