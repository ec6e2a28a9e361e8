package org.apache.spark.neptune.driver.priorities

import java.util.UUID

import scala.collection.mutable
import scala.util.Try

import org.apache.spark.sql.neptune.SqlExecutions

/** Which streaming queries and SQL executions there are, and have been.
 *
 * Spark's own tables have those that run, at once; listeners are told of them some time later, and
 * then of those that have ended, too. A streaming query that is started again from its checkpoint
 * has the id that it had, so that those that ended last are remembered.
 *
 * THREADING: safe for all callers.
 */
private[driver] final class KnownQueries {
  import KnownQueries._

  /** The ids of the streaming queries that run, by those of their runs. */
  private val running = mutable.HashMap.empty[String, String]
  /** The ids of those that ended last, in the order of their ends. */
  private val ended = mutable.LinkedHashSet.empty[String]
  /** The highest id of an execution: they are numbered. */
  private var lastExecution = -1L

  def streamStarted(id: String, runId: String): Unit = synchronized {
    running(runId) = id
    ended -= id
  }

  def streamEnded(id: String, runId: String): Unit = synchronized {
    running -= runId
    if (!runs(id)) {
      ended -= id
      ended += id
      if (ended.size > mostEnded) ended -= ended.head
    }
  }

  def executionSeen(id: Long): Unit = synchronized {
    lastExecution = lastExecution.max(id)
  }

  /** What is wrong with the name of a streaming query or a SQL execution that there has never been.
   *
   * @param name its id
   */
  def problemOf(name: String): Option[String] = {
    val isKnown = executionOf(name).fold(isStream(name))(id => hasBeen(id))
    if (isKnown) None
    else {
      val what = if (executionOf(name).isDefined) "SQL execution" else "streaming query"
      Some(s"There is no $what $name, nor has there been one: query takes the id of a streaming " +
        "query (not that of its run), its name, or the id of a SQL execution.")
    }
  }

  /** Whether there may be more jobs of it. */
  def mayHaveJobs(name: String): Boolean =
    executionOf(name).fold(isStream(name))(SqlExecutions.isRunning)

  private def hasBeen(executionId: Long): Boolean =
    executionId >= 0 && synchronized(executionId <= lastExecution) ||
      SqlExecutions.isRunning(executionId)

  private def runs(id: String): Boolean = running.values.exists(_ == id)

  private def isStream(id: String): Boolean =
    synchronized(ended.contains(id) || runs(id)) ||
      // There may be no session.
      Try(SqlExecutions.isActiveStream(UUID.fromString(id))).getOrElse(false)
}

private object KnownQueries {
  private val mostEnded = 1000

  private def executionOf(name: String): Option[Long] = Try(name.toLong).toOption
}
