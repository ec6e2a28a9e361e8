package org.apache.spark.neptune.driver.priorities

import java.util.{Collections, LinkedHashMap, Map => JMap, Properties}

import scala.jdk.CollectionConverters._
import scala.util.{Success, Try}

import org.apache.spark.SparkContext
import org.apache.spark.sql.neptune.SqlExecutions

/** The local properties by which a job is judged: its own, and below them those of the streaming
 *  query whose foreachBatch function has had a thread submit it that inherited nothing. It is then
 *  as if that thread had inherited them.
 *
 * Priorities, limits, rules and targets all look at these, so that they agree.
 *
 * THREADING: safe for all callers. DAGScheduler's thread asks, which must not fail.
 *
 * @param threads tells the local properties of other threads
 */
private[driver] final class EffectiveProperties(threads: ThreadProperties) {
  import EffectiveProperties._

  /** What executions inherit: the query's thread goes on to other batches, and an execution that
   *  has ended has no session any more, while the news of its last jobs are yet to come.
   */
  private val inherited: JMap[Long, Option[Properties]] = Collections.synchronizedMap(
    new LinkedHashMap[Long, Option[Properties]] {
      override def removeEldestEntry(eldest: JMap.Entry[Long, Option[Properties]]): Boolean =
        size > mostExecutions
    })

  /** @param own those of a job, or of a thread; or what was made of them here
   *  @return null for a job that has none at all
   */
  def of(own: Properties): Properties =
    if (JobProperties.isStreaming(own)) own
    else JobPriorities.executionOf(own).flatMap(inheritedBy).fold(own)(inheriting(own, _))

  private def inheritedBy(executionId: Long): Option[Properties] =
    Option(inherited.get(executionId)).getOrElse {
      // Its thread says which it is before Spark knows it (SQLExecution, Spark 3.5 to 4.3); and a
      // session that is being stopped may fail to tell.
      val isKnown = SqlExecutions.isRunning(executionId)
      val found = Try(SqlExecutions.streamOf(executionId).map(propertiesOf))
      for (answer <- found if isKnown) inherited.put(executionId, answer)
      found match {
        case Success(answer) => answer
        case _ => None
      }
    }

  private def propertiesOf(stream: Thread): Properties = threads.of(stream) match {
    case Some(properties) => properties.clone().asInstanceOf[Properties]
    case None =>
      // That it is a stream's is all that is known.
      val unknown = new Properties
      unknown.setProperty(JobProperties.streamId, "")
      unknown
  }
}

private[driver] object EffectiveProperties {
  private val mostExecutions = 1000

  /** A job's own properties, with what it lacks of a stream's.
   *
   * The job is a part of the stream's batch, whatever it says itself. A block of its own, which may
   * be a tag, replaces the stream's, whichever of the two that is.
   */
  def inheriting(own: Properties, stream: Properties): Properties = {
    val all = new Properties
    def add(from: Properties): Unit = from.stringPropertyNames.asScala
      .foreach(key => all.setProperty(key, from.getProperty(key)))
    add(stream)
    JobTags.saidBy(own).foreach(key => all.remove(key))
    add(own)
    val of = Seq(SqlExecutions.RootId, SqlExecutions.Id)
      .flatMap(JobProperties.valueOf(stream, _)).headOption
    of.foreach(all.setProperty(SqlExecutions.RootId, _))
    val tags = JobTags.inheriting(own, stream)
    if (tags.nonEmpty) {
      all.setProperty(SparkContext.SPARK_JOB_TAGS, tags.mkString(SparkContext.SPARK_JOB_TAGS_SEP))
    }
    JobProperties.valueOf(stream, SparkContext.SPARK_JOB_DESCRIPTION)
      .foreach(all.setProperty(JobProperties.batchDescription, _))
    all
  }
}
