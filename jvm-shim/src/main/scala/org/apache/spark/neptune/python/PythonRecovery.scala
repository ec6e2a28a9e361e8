package org.apache.spark.neptune.python

import scala.concurrent.duration.{DurationInt, DurationLong, FiniteDuration}
import scala.util.control.NonFatal

import neptune.time.Timer

import org.apache.spark.internal.Logging

/** Tries again and again, and ever less often, to start what an executor
 *  needs for Python tasks: a check that failed may have been killed, or have found no memory, and
 *  an interpreter may be installed meanwhile.
 *
 * @param start starts it, or says in one sentence what is wrong
 * @param works what to do with it
 * @param tell tells the driver of a problem, or, with an empty one, that there is none any more;
 *             and whether a problem is certain
 * @param timer its own, since a start takes its time
 */
private[neptune] final class PythonRecovery(
    start: () => Either[String, ProcessController], works: ProcessController => Unit,
    tell: (String, Boolean) => Unit, timer: Timer)
  extends Logging {
  import PythonRecovery._

  @volatile private var stopped = false
  // The first check has been made already.
  tryIn(shortest, check = 2)

  def stop(): Unit = {
    stopped = true
    timer.stop()
  }

  private def tryIn(pause: FiniteDuration, check: Int): Unit = timer.afterMs(pause.toMillis) {
    attempt(sure = check >= checksUntilSure)
    if (!stopped) tryIn((pause * 2).min(longest), check + 1)
  }

  private def attempt(sure: Boolean): Unit =
    try {
      start() match {
        case Right(controller) if stopped => controller.close()
        case Right(controller) =>
          works(controller)
          stopped = true
          tell("", sure)
        case Left(problem) => tell(problem, sure)
      }
    } catch {
      case NonFatal(e) if !stopped => logWarning("Neptune: Python could not be checked here", e)
    }
}

private object PythonRecovery {
  private val shortest: FiniteDuration = 1.second
  private val longest: FiniteDuration = 16L.seconds
  private val checksUntilSure = 3
}
