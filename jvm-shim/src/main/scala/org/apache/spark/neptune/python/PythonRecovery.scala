package org.apache.spark.neptune.python

import scala.concurrent.duration.{DurationInt, DurationLong, FiniteDuration}
import scala.util.control.NonFatal

import org.apache.spark.internal.Logging

/** Tries again and again, on a thread of its own and ever less often, to start what an executor
 *  needs for Python tasks: a check that failed may have been killed, or have found no memory, and
 *  an interpreter may be installed meanwhile.
 *
 * @param start starts it, or says in one sentence what is wrong
 * @param works what to do with it
 * @param tell tells the driver of a problem, or, with an empty one, that there is none any more;
 *             and whether a problem is certain
 */
private[neptune] final class PythonRecovery(
    start: () => Either[String, Warden], works: Warden => Unit, tell: (String, Boolean) => Unit)
  extends Logging {
  import PythonRecovery._

  @volatile private var stopped = false
  private val thread = new Thread(() => run(), "neptune-python-recovery")
  thread.setDaemon(true)
  thread.start()

  def stop(): Unit = {
    stopped = true
    thread.interrupt()
  }

  private def run(): Unit = {
    // The first check has been made already.
    val pauses = Iterator.from(2).zip(Iterator.iterate(shortest)(p => (p * 2).min(longest)))
    try {
      while (!stopped) {
        val (check, pause) = pauses.next()
        Thread.sleep(pause.toMillis)
        attempt(sure = check >= checksUntilSure)
      }
    } catch {
      case _: InterruptedException => ()
    }
  }

  private def attempt(sure: Boolean): Unit =
    try {
      start() match {
        case Right(warden) if stopped => warden.close()
        case Right(warden) =>
          works(warden)
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
