package org.apache.spark.neptune.python

import org.apache.spark.api.python.PythonRunner

/** Keeps Spark from taking a suspended worker for an idle one, and from killing it with
 *  spark.python.worker.killOnIdleTimeout.
 *
 * The task's thread waits for its worker in `Selector.select(timeout)` and counts only a wait that
 * lasted for the whole time-out (BasePythonRunner.ReaderInputStream, Spark 4.x); to wake it is
 * harmless. Which worker is a task's is known from `PythonRunner.runningMonitorThreads`, which has
 * none when workers are not reused.
 */
private[python] object IdleTimeout {
  /** Time-outs are whole seconds. */
  val everyMs: Option[Long] = Some(500L)

  def putOff(taskId: Long): Unit =
    PythonRunner.runningMonitorThreads.forEach { case (worker, runningTask) =>
      if (runningTask == taskId) Option(worker.selector).foreach(_.wakeup())
    }
}
