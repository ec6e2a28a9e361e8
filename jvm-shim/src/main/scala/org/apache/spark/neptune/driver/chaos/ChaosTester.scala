package org.apache.spark.neptune.driver.chaos

import java.util.concurrent.TimeUnit

import org.apache.spark.internal.Logging
import org.apache.spark.neptune.driver.SchedulerView
import org.apache.spark.util.ThreadUtils

/** For testing: suspends every running task and resumes every suspended one, again and again.
 *
 * @param everyMs 0 for never
 */
private[driver] final class ChaosTester(everyMs: Long, view: => SchedulerView) extends Logging {
  private lazy val timer =
    ThreadUtils.newDaemonSingleThreadScheduledExecutor("neptune-chaos")
  private var suspend = true

  def start(): Unit = if (everyMs > 0) {
    logWarning(s"Neptune's chaos tester is on: every task is suspended every $everyMs ms")
    timer.scheduleWithFixedDelay(() => tick(), everyMs, everyMs, TimeUnit.MILLISECONDS)
  }

  def stop(): Unit = if (everyMs > 0) timer.shutdownNow()

  private def tick(): Unit = try {
    if (suspend) view.suspendAll() else view.resumeAll()
    suspend = !suspend
  } catch {
    case e: RuntimeException => logWarning("Neptune's chaos tester failed once", e)
  }
}
