package org.apache.spark.neptune.driver.priorities

import java.util.Properties

import org.apache.spark.SparkContext
import org.apache.spark.neptune.settings.Settings

/** The tags of a job, as its user knows them. */
private[neptune] object JobTags {
  /** What SparkSession.addTag (Spark 4.x) and a Connect server (ExecuteSessionTag, Spark 3.5 and
   *  4.x) make of a user's tag. Users of the latter have any name. */
  private val ofSession = ("(?s)(?:spark-session-[0-9a-f-]{36}-thread-[0-9a-f-]{36}-|" +
    "SparkConnect_SessionTag_User_.*?_Session_[^_]*_Tag_)(.*)").r

  /** Whose operation it is, on a Connect server (ExecuteJobTag, Spark 3.5 and 4.x). */
  private val ofUser = "(?s)SparkConnect_OperationTag_User_(.*)_Session_.*".r

  /** What a block says of limits and targets. */
  private val ofBlock = """(?s)neptune\.block\.([^=]*)=.*""".r

  /** The user of a Connect server that the job is for. */
  def userOf(properties: Properties): Option[String] =
    all(properties).collectFirst { case ofUser(user) => user }

  def of(properties: Properties): Seq[String] = all(properties).map(plain)

  /** The local properties of blocks that the job's tags replace. */
  def saidBy(properties: Properties): Set[String] = all(properties).flatMap(blockOf).toSet

  /** The tags of a job, and those of a stream that it inherits: not what its own say otherwise. */
  def inheriting(own: Properties, stream: Properties): Seq[String] = {
    val said = saidBy(own)
    (all(own) ++ all(stream).filterNot(blockOf(_).exists(said))).distinct
  }

  private def blockOf(tag: String): Option[String] = plain(tag) match {
    case text if text.startsWith(Settings.BlockTag) || text.startsWith(Settings.PriorityTag) =>
      Some(Settings.BlockPriority)
    case ofBlock(what) => Some(s"neptune.$what")
    case _ => None
  }

  private def plain(tag: String): String = tag match {
    case ofSession(own) => own
    case other => other
  }

  private def all(properties: Properties): Seq[String] =
    JobProperties.valueOf(properties, SparkContext.SPARK_JOB_TAGS).toSeq
      .flatMap(_.split(SparkContext.SPARK_JOB_TAGS_SEP))
}
