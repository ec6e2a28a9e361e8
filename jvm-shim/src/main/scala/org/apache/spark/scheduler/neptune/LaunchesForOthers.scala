package org.apache.spark.scheduler.neptune

import org.apache.spark.scheduler.TaskSetManager

/** Knows for which others' cores a task set launches tasks now. */
private[spark] trait LaunchesForOthers {
  /** Has the task that is launched on this executor, if one is, know of them. */
  def on[T](executorId: String, manager: TaskSetManager)(launch: => T)(isDone: T => Boolean): T
}
