package org.apache.spark.neptune.driver.chaos

import neptune.time.Timer

import org.apache.spark.internal.Logging

/** For testing: suspends every running task and resumes every suspended one, again and again.
 *
 * @param everyMs 0 for never
 * @param timer its own, since the scheduler's lock is waited for
 */
private[driver] final class ChaosTester(
    everyMs: Long, timer: Timer, suspendAll: () => Unit, resumeAll: () => Unit) extends Logging {
  private var suspend = true

  def start(): Unit = if (everyMs > 0) {
    logWarning(s"Neptune's chaos tester is on: every task is suspended every $everyMs ms")
    tickLater()
  }

  def stop(): Unit = timer.stop()

  private def tickLater(): Unit = timer.afterMs(everyMs) {
    tick()
    tickLater()
  }

  private def tick(): Unit = try {
    if (suspend) suspendAll() else resumeAll()
    suspend = !suspend
  } catch {
    case e: RuntimeException => logWarning("Neptune's chaos tester failed once", e)
  }
}
