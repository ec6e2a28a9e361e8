package org.apache.spark.neptune.driver.priorities

import java.util.Properties
import java.util.concurrent.ConcurrentHashMap

import scala.jdk.CollectionConverters._

import org.apache.spark.scheduler.SparkListenerEvent
import org.apache.spark.sql.execution.ui.{
  SparkListenerSQLExecutionEnd, SparkListenerSQLExecutionStart}
import org.apache.spark.sql.neptune.SqlExecutions
import org.apache.spark.sql.streaming.StreamingQueryListener.{
  QueryStartedEvent, QueryTerminatedEvent}

/** Priorities that somebody gives to jobs from outside, while these run; they come before what the
 *  jobs themselves say.
 *
 * One for a single job or SQL execution goes with it, one for a streaming query once that is no
 * longer remembered. The others stay until they are taken back, for the jobs to come.
 *
 * THREADING: safe for all callers.
 */
private[driver] final class PriorityOverrides {
  import PriorityOverrides._

  val owners: JobOwners = new JobOwners
  val queries: KnownQueries = new KnownQueries
  private val chosen = new ConcurrentHashMap[Target, Int]
  private val live = new ConcurrentHashMap[Int, Properties]
  @volatile private var lastBegun = -1

  def started(jobId: Int, properties: Properties): Unit = {
    live.put(jobId, Option(properties).getOrElse(new Properties))
    lastBegun = math.max(lastBegun, jobId)
    // Jobs begin in the order of their ids, so that one before this is live by now, or over.
    forgetJobs(id => id < jobId && !live.containsKey(id))
  }

  def ended(jobId: Int): Unit = {
    live.remove(jobId)
    forgetJobs(_ == jobId)
    forgetQueries()
  }

  /** Something that Spark's listeners are told of. */
  def told(event: SparkListenerEvent): Unit = event match {
    case event: QueryStartedEvent =>
      queries.streamStarted(event.id.toString, event.runId.toString)
    case event: QueryTerminatedEvent => streamEnded(event.id.toString, event.runId.toString)
    case event: SparkListenerSQLExecutionStart => queries.executionSeen(event.executionId)
    case event: SparkListenerSQLExecutionEnd => executionEnded(event.executionId)
    case other => owners.told(other)
  }

  def streamEnded(id: String, runId: String): Unit = {
    queries.streamEnded(id, runId)
    forgetQueries()
  }

  def executionEnded(id: Long): Unit = {
    queries.executionSeen(id)
    forgetQueries()
  }

  private def forgetJobs(areOver: Int => Boolean): Unit =
    chosen.keySet.removeIf(target => target.kind == job && areOver(target.name.toInt))

  /** An execution may have ended before its last job. */
  private def forgetQueries(): Unit =
    chosen.keySet.removeIf(target =>
      target.kind == query && !queries.mayHaveJobs(target.name) &&
        liveBy(query, target.name).isEmpty)

  /** Gives a priority, or takes it back.
   *
   * @param kind one of [[kinds]]
   * @param owner the user whose jobs it is about; None: all
   * @return the live jobs that it is about
   */
  def set(
      kind: String, name: String, priority: Option[Int],
      owner: Option[String]): Seq[(Int, Properties)] = {
    val target = Target(kind, name, owner)
    priority match {
      case Some(level) => chosen.put(target, level)
      case None => chosen.remove(target)
    }
    // It may have ended before.
    forgetQueries()
    liveBy(kind, name).filter { case (_, properties) =>
      owner.isEmpty || owners.of(properties) == owner
    }
  }

  /** Whose the live jobs are, if there are some and none is this user's.
   *
   * @return the owner of one: None inside if that is no user's
   */
  def othersOf(kind: String, name: String, user: String): Option[Option[String]] = {
    val found = liveBy(kind, name).map { case (_, properties) => owners.of(properties) }
    if (found.contains(Some(user))) None else found.headOption
  }

  /** Whether a job that has been submitted is live, but nobody has been told of it yet. */
  def isYetToBegin(jobId: Int): Boolean = jobId > lastBegun

  /** The live jobs, and their local properties. */
  def liveJobs: Seq[(Int, Properties)] = live.asScala.toList

  private def liveBy(kind: String, name: String): Seq[(Int, Properties)] =
    liveJobs.filter { case (id, properties) =>
      namesOf(Some(id), properties).contains((kind, name))
    }

  /** What was chosen for the job, the most particular first; what was chosen for all users' jobs
   *  before what its own user has.
   *
   * @param jobId None for the jobs that a thread would submit
   */
  def of(jobId: Option[Int], properties: Properties): Option[Chosen] =
    if (chosen.isEmpty) None
    else {
      val named = namesOf(jobId, properties)
      val whose = None +: owners.of(properties).map(Option(_)).toList
      (for {
        kind <- kinds.iterator
        owner <- whose.iterator
        level <- named.filter(_._1 == kind)
          .map { case (_, name) => Target(kind, name, owner) }
          .filter(chosen.containsKey).map(chosen.get).reduceOption(_ max _)
      } yield Chosen(level, owner)).take(1).toList.headOption
    }
}

private[driver] object PriorityOverrides {
  /** What a priority is chosen for.
   *
   * @param owner the user whose jobs only; None: all
   */
  private final case class Target(kind: String, name: String, owner: Option[String])

  /** @param by the user who chose it for own jobs; None: somebody who may do so for all */
  final case class Chosen(priority: Int, by: Option[String])

  val job: String = "job"
  val query: String = "query"
  private val tag = "tag"
  private val group = "group"
  /** What may be given a priority, the most particular first. */
  val kinds: Seq[String] = Seq(job, query, tag, group)

  // Spark's name of the group that the job belongs to (SparkContext.setJobGroup, Spark 3.5 to 4.3).
  val GroupId: String = "spark.jobGroup.id"

  private def namesOf(jobId: Option[Int], properties: Properties): Seq[(String, String)] = {
    def of(kind: String, key: String): Seq[(String, String)] =
      JobProperties.valueOf(properties, key).toSeq.map(kind -> _)
    jobId.toSeq.map(job -> _.toString) ++ of(query, JobProperties.streamId) ++
      of(query, SqlExecutions.Id) ++ of(query, SqlExecutions.RootId) ++
      JobTags.of(properties).map(tag -> _) ++ of(group, GroupId)
  }
}
