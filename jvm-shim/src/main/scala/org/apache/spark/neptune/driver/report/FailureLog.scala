package org.apache.spark.neptune.driver.report

import scala.collection.mutable
import scala.util.control.NonFatal

import org.apache.spark.internal.Logging

/** What may go wrong within a round of offers without harm to what Spark's own round has done, or
 *  in anything else that comes many times a second: each kind of failure is an error in the log
 *  once.
 *
 * THREADING: under the scheduler's lock, or by one thread.
 */
private[driver] final class FailureLog extends Logging {
  private val reported = mutable.HashSet.empty[String]

  /** @param doing what, for the log: "booking a task" */
  def guard(doing: String)(act: => Unit): Unit = guarded(doing, ())(act)

  /** @param otherwise the answer of an `act` that fails */
  def guarded[T](doing: String, otherwise: => T)(act: => T): T =
    try act
    catch {
      case NonFatal(e) =>
        val message = s"Neptune failed in $doing, and continues without it; please report this"
        if (reported.size < FailureLog.atMost && reported.add(s"$doing: ${e.getClass}")) {
          logError(message, e)
        } else logDebug(message, e)
        otherwise
    }
}

private object FailureLog {
  private val atMost = 100
}
