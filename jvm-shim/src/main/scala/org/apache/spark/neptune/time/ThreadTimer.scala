package org.apache.spark.neptune.time

import java.util.concurrent.{RejectedExecutionException, TimeUnit}

import scala.util.control.NonFatal

import neptune.time.{Scheduled, Timer}

import org.apache.spark.internal.Logging
import org.apache.spark.util.ThreadUtils

/** Real time, on a daemon thread of its own, which starts with the first that is due.
 *
 * @param threadName also names the thread's work in logs and thread dumps
 */
private[neptune] final class ThreadTimer(threadName: String) extends Timer with Logging {
  import ThreadTimer.nothing

  // Spark's timers forget what is cancelled at once.
  private val timer = ThreadUtils.newDaemonSingleThreadScheduledExecutor(threadName)

  override def afterNs(ns: Long)(act: => Unit): Scheduled = {
    // The timer itself would swallow an exception without a word.
    val guarded: Runnable = () => try act catch {
      case NonFatal(e) =>
        if (!timer.isShutdown) logWarning(s"Neptune: what was due on $threadName failed", e)
    }
    try {
      val due = timer.schedule(guarded, ns, TimeUnit.NANOSECONDS)
      () => due.cancel(false)
    } catch {
      case _: RejectedExecutionException => nothing // it has been stopped
    }
  }

  override def stop(): Unit = timer.shutdownNow()
}

private object ThreadTimer {
  private val nothing: Scheduled = () => ()
}
