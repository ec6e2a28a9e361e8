package org.apache.spark.neptune.driver.inversion

import java.util.Properties

import org.apache.spark.neptune.driver.priorities.JobPriorities

/** Looks at what threads of the driver need that jobs keep from them. */
private[driver] trait Needs {
  /** What each thread needs of these jobs, by its id; at this moment, so that it may be over in the
   *  next.
   *
   * @param jobs the live ones
   */
  def of(jobs: Seq[LiveJob]): Map[Long, Needed]
}

/** A job that lives.
 *
 * @param local its local properties
 */
private[driver] final case class LiveJob(id: Int, priority: Int, local: Properties) {
  /** The query that it belongs to. */
  val query: Option[Long] = JobPriorities.executionOf(local)
}

/** What a thread waits for: all jobs of queries, and jobs with the same local properties.
 *
 * Jobs that are no queries may have the same properties as others: then all those are meant, which
 * costs little.
 *
 * @param priority the thread's
 */
private[driver] final case class Needed(
    queries: Set[Long], locals: Set[Properties], priority: Int) {
  def isNothing: Boolean = queries.isEmpty && locals.isEmpty

  def includes(job: LiveJob): Boolean = job.query.fold(locals(job.local))(queries)

  /** What a thread with these local properties has submitted, too. */
  def and(local: Option[Properties]): Needed = local.fold(this) { more =>
    JobPriorities.executionOf(more).fold(copy(locals = locals + asOfNow(more))) { query =>
      copy(queries = queries + query)
    }
  }

  /** What it has needed since before. */
  def asBefore(before: Needed): Needed =
    copy(queries & before.queries, locals & before.locals)

  private def asOfNow(local: Properties): Properties = local.clone().asInstanceOf[Properties]
}

private[driver] object Needed {
  val nothing: Needed = Needed(Set.empty, Set.empty, Int.MinValue)
}
