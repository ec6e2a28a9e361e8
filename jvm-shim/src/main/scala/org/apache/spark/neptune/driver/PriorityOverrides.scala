package org.apache.spark.neptune.driver

import java.util.Properties
import java.util.concurrent.ConcurrentHashMap

import scala.jdk.CollectionConverters._

import org.apache.spark.sql.neptune.SqlExecutions

/** Priorities that somebody gives to jobs from outside, while these run; they come before what the
 *  jobs themselves say.
 *
 * One for a single job goes with the job. The others stay until they are taken back, for the jobs
 * to come.
 *
 * THREADING: safe for all callers.
 */
private[driver] final class PriorityOverrides {
  import PriorityOverrides._

  private val chosen = new ConcurrentHashMap[(String, String), Int]
  private val live = new ConcurrentHashMap[Int, Properties]

  def started(jobId: Int, properties: Properties): Unit = {
    live.put(jobId, Option(properties).getOrElse(new Properties))
    // Jobs begin in the order of their ids, so that one before this is live by now, or over.
    chosen.keySet.removeIf { case (kind, name) =>
      kind == job && name.toInt < jobId && !live.containsKey(name.toInt)
    }
  }

  def ended(jobId: Int): Unit = {
    live.remove(jobId)
    chosen.remove((job, jobId.toString))
  }

  /** Gives a priority, or takes it back.
   *
   * @param kind one of [[kinds]]
   * @return the live jobs that it is about
   */
  def set(kind: String, name: String, priority: Option[Int]): Seq[(Int, Properties)] = {
    priority match {
      case Some(level) => chosen.put((kind, name), level)
      case None => chosen.remove((kind, name))
    }
    live.asScala.toList.filter { case (id, properties) =>
      namesOf(Some(id), properties).contains((kind, name))
    }
  }

  /** What was chosen for the job, the most particular first.
   *
   * @param jobId None for the jobs that a thread would submit
   */
  def of(jobId: Option[Int], properties: Properties): Option[Int] =
    if (chosen.isEmpty) None
    else {
      val found = namesOf(jobId, properties).filter(chosen.containsKey)
      kinds.find(kind => found.exists(_._1 == kind))
        .map(kind => found.filter(_._1 == kind).map(chosen.get).max)
    }
}

private[driver] object PriorityOverrides {
  val job: String = "job"
  private val query = "query"
  private val tag = "tag"
  private val group = "group"
  /** What may be given a priority, the most particular first. */
  val kinds: Seq[String] = Seq(job, query, tag, group)

  /** Spark's names of what the job belongs to: SparkContext.setJobGroup, StreamExecution's
   *  QUERY_ID_KEY (Spark 3.5 to 4.3). */
  private val groupId = "spark.jobGroup.id"
  private val streamId = "sql.streaming.queryId"
  private def namesOf(jobId: Option[Int], properties: Properties): Seq[(String, String)] = {
    def of(kind: String, key: String): Seq[(String, String)] =
      Option(properties).flatMap(p => Option(p.getProperty(key))).toSeq.map(kind -> _)
    jobId.toSeq.map(job -> _.toString) ++ of(query, streamId) ++ of(query, SqlExecutions.Id) ++
      JobTags.of(properties).map(tag -> _) ++ of(group, groupId)
  }
}
