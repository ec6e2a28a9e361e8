package org.apache.spark.neptune.driver.priorities

import java.util.{Properties, UUID}
import java.util.concurrent.ConcurrentHashMap

import scala.util.Try

import neptune.core.Priority

import org.apache.spark.SparkContext
import org.apache.spark.internal.Logging
import org.apache.spark.neptune.settings.{PriorityRules, Settings}
import org.apache.spark.sql.neptune.SqlExecutions

/** A job's priority, from its local properties.
 *
 * THREADING: safe for all callers.
 *
 * @param threads tells the local properties of other threads
 */
private[driver] final class JobPriorities(
    settings: Settings, threads: ThreadProperties, overrides: PriorityOverrides)
  extends Logging {
  import JobPriorities._

  /** Which users have been told of, with which priorities. */
  private val told = ConcurrentHashMap.newKeySet[(String, Int)]()

  private val effective = new EffectiveProperties(threads)

  /** The local properties by which a job, or a thread, is judged that has these. */
  def judgedBy(properties: Properties): Properties = effective.of(properties)

  /** The priority, or what is wrong with the one that the job was given. */
  def of(jobId: Int, properties: Properties): Either[String, Int] = of(Some(jobId), properties)

  /** That of the jobs which somebody with these properties would submit. */
  def of(properties: Properties): Either[String, Int] = of(None, properties)

  private def of(jobId: Option[Int], own: Properties): Either[String, Int] = {
    val properties = judgedBy(own)
    overrides.of(jobId, properties) match {
      case Some(chosen) => Right(limited(chosen.priority, chosen.by))
      case None =>
        val said = explicitly(properties).orElse(byRule(properties))
        if (said.isEmpty && isQuestion(properties)) Right(ofQuestions)
        else {
          said.getOrElse(Right(byDefault(properties)))
            .map(limited(_, overrides.owners.of(properties)))
        }
    }
  }

  private def byDefault(properties: Properties): Int =
    if (JobProperties.isStreaming(properties)) settings.streamingPriority
    else settings.defaultPriority

  private def limited(priority: Int, user: Option[String]): Int = user.fold(priority) { name =>
    val (limit, setting) = settings.limitOf(name)
    if (priority > limit && told.add((name, priority))) {
      if (told.size > mostTold) told.clear()
      logWarning(s"Neptune: jobs of the user $name ask for the priority $priority, but run at " +
        s"$limit, the most that $setting allows.")
    }
    priority.min(limit)
  }

  /** The priority of jobs that the thread would submit. */
  def of(thread: Thread): Int =
    threads.of(thread).flatMap(of(_).toOption).getOrElse(settings.defaultPriority)

  /** What somebody has said for this very job: its block's, or a tag's, or its session's. */
  private def explicitly(properties: Properties): Option[Either[String, Int]] =
    JobProperties.valueOf(properties, Settings.BlockPriority).map(parse(Settings.BlockPriority, _))
      .orElse(tagged(properties, Settings.BlockTag))
      .orElse(tagged(properties, Settings.PriorityTag))
      .orElse(JobProperties.valueOf(properties, Settings.JobPriority)
        .map(parse(Settings.JobPriority, _)))

  /** The highest of the job's tags that begin so. */
  private def tagged(properties: Properties, begin: String): Option[Either[String, Int]] = {
    val found = JobTags.of(properties).filter(_.startsWith(begin)).map(tag =>
      parse(s"the priority in the tag $tag", tag.stripPrefix(begin)))
    found.find(_.isLeft)
      .orElse(found.flatMap(_.toOption).reduceOption(_ max _).map(Right(_)))
  }

  private def byRule(properties: Properties): Option[Either[String, Int]] =
    if (settings.rules.isEmpty) None
    else settings.rules.of(described(properties)).map(Right(_))

  /** The user whose job has these properties, if a server knows users. */
  def ownerOf(properties: Properties): Option[String] =
    overrides.owners.of(judgedBy(properties))

  /** What rules look at of a job with these properties. */
  def described(own: Properties): PriorityRules.Job = {
    val properties = judgedBy(own)
    val description = JobProperties.valueOf(properties, SparkContext.SPARK_JOB_DESCRIPTION)
    val ofStream = JobProperties.valueOf(properties, JobProperties.batchDescription)
      .orElse(description.filter(_ => JobProperties.isStreaming(properties)))
    PriorityRules.Job(
      description,
      ofStream.collect { case ofBatch(name) => name }.orElse(streamOf(properties)),
      Some(JobProperties.poolOf(properties)),
      overrides.owners.of(properties))
  }

  /** The name of the streaming query that a job is of; a function of foreachBatch may describe its
   *  jobs otherwise. */
  private def streamOf(properties: Properties): Option[String] =
    JobProperties.valueOf(properties, JobProperties.streamId)
      .flatMap(id => Try(SqlExecutions.nameOfStream(UUID.fromString(id))).toOption.flatten)

  /** A query of nothing but functions of ours tells how things stand. Some need a task (ORDER BY,
   *  count), and are to answer also when others have all cores. */
  private def isQuestion(properties: Properties): Boolean =
    executionOf(properties).exists(id => Try(SqlExecutions.readsDriverOnly(id)).getOrElse(false))

  private def parse(what: String, text: String): Either[String, Int] =
    Priority.parse(text).toRight(s"$what is '$text', but it must be ${Priority.accepted}.")
}

private[driver] object JobPriorities {
  /** After so many, those told of long ago are told of again. */
  private val mostTold = 1000
  private val ofQuestions = Priority.parse("high").get

  /** The description of a micro-batch, which begins with the query's name if it has one
   *  (StreamExecution.getBatchDescriptionString, Spark 3.5 to 4.3). */
  private val ofBatch = "(?s)(.+?)(?:<br/>|\n)id = .*".r

  /** The SQL execution that a job belongs to, or that a thread is at. */
  def executionOf(properties: Properties): Option[Long] =
    JobProperties.valueOf(properties, SqlExecutions.Id).flatMap(id => Try(id.toLong).toOption)
}
