package org.apache.spark.neptune.driver.priorities

import java.util.Properties

import neptune.core.TaskLimit

import org.apache.spark.neptune.settings.{Limiter, Settings}

/** What limits a job: the application's limits that are for it, and those of its own.
 *
 * THREADING: safe for all callers.
 */
private[driver] final class JobLimits(
    settings: Settings, priorities: JobPriorities, overrides: LimitOverrides) {
  import JobLimits._

  /** @param jobId the job, whose own limits count the tasks of all that it is a part of, and no
   *               others: of a SQL execution, say
   *  @return the limits, the most particular first; or what is wrong with those of its own
   */
  def of(jobId: Int, raw: Properties): Either[String, Seq[Limiter]] = {
    val properties = priorities.judgedBy(raw)
    ownOf(jobId, properties).map { own =>
      def owner: Option[String] = priorities.ownerOf(properties)
      val inForce = overrides.inForceForWork(own, owner) ++
        ofApplication(properties).map(overrides.inForce(_, owner))
      inForce.filterNot(_.isEmpty)
    }
  }

  /** How many of the job's tasks its limits allow at once, however many cores there are.
   *
   * @param nanocores what each task needs
   */
  def ofTasks(jobId: Int, properties: Properties, nanocores: Long): Seq[TaskLimit] =
    // Those of queries in real-time mode are not limited. Their properties are those of others.
    if (isOfStream(priorities.judgedBy(properties))) Nil
    else {
      for {
        limiter <- of(jobId, properties).getOrElse(Nil)
        most <- limiter.mostTasks(nanocores)
        // Of one name there may be several, each with a count of its own (Allowances).
      } yield TaskLimit(limiter.toString, most)
    }

  /** It is known now what a job is a part of.
   *
   * @return whether somebody limited it before
   */
  def began(jobId: Int, properties: Properties): Boolean =
    overrides.began(jobId, workOf(jobId, properties), priorities.ownerOf(properties))

  /** What the job may have limits as, whether there are any or not. */
  def namesOf(jobId: Int, properties: Properties): Seq[String] =
    workOf(jobId, properties) +: settings.limits.of(priorities.described(properties)).map(_.name)

  /** What a job is a part of, as the name of a limiter. */
  def workOf(jobId: Int, properties: Properties): String =
    JobProperties.workOf(priorities.judgedBy(properties), jobId)

  /** The pool that a job names, whether or not it runs there. */
  def poolOf(properties: Properties): String =
    JobProperties.poolOf(priorities.judgedBy(properties))

  /** What has set a limit of a job's, with its value: there it can be changed.
   *
   * @param what one of [[Limiter.kinds]], which the limiter has
   */
  def originOf(limiter: Limiter, what: String, raw: Properties): String = {
    val properties = priorities.judgedBy(raw)
    val set = s"$what=${limiter.textOf(what).getOrElse("")}"
    def isChosen: Boolean =
      overrides.chosenFor(limiter.name, priorities.ownerOf(properties)).textOf(what).isDefined
    def isOfBlock: Boolean = valueOfBlock(Settings.prefix + what, properties).isDefined
    if (limiter.isChanged && isChosen) {
      s"the limit $set that set_limit() has given to the ${limiter.name}"
    } else {
      settings.limits.keyOf(limiter.name).map {
        case (start, true) => s"$start$set (for the ${limiter.name})"
        case (start, false) => start + set
      }.getOrElse {
        if (isOfBlock) s"$set of a limit() block"
        else s"${Settings.prefix}$set of the session (SET) or of a local property"
      }
    }
  }

  private def isOfStream(properties: Properties): Boolean =
    JobProperties.valueOf(properties, JobProperties.streamId).isDefined

  private def ofApplication(properties: Properties): Seq[Limiter] =
    if (settings.limits.isEmpty && overrides.isEmpty) Nil
    else settings.limits.of(priorities.described(properties))

  private def ownOf(jobId: Int, properties: Properties): Either[String, Limiter] = {
    val said = for (key <- keys; value <- valueOf(key, properties)) yield key -> value
    val wrong = said.flatMap { case (key, value) => Settings.problemOf(key, value) }.headOption
    wrong.toLeft {
      val by = said.toMap
      Limiter.from(JobProperties.workOf(properties, jobId))(what => by.get(Settings.prefix + what))
    }.flatMap(limiter => Limiter.problemOf(limiter, Settings.prefix).toLeft(limiter))
  }
}

private object JobLimits {
  /** What a job's block says, or else its session. A block is a local property, which no setting of
   *  a session overwrites (see Settings.BlockPriority), or a tag of a Spark Connect session.
   */
  private[priorities] def valueOf(key: String, properties: Properties): Option[String] =
    valueOfBlock(key, properties).orElse(JobProperties.valueOf(properties, key))

  private def valueOfBlock(key: String, properties: Properties): Option[String] = {
    val what = key.stripPrefix(Settings.prefix)
    val tag = s"neptune.block.$what="
    JobProperties.valueOf(properties, s"neptune.$what")
      .orElse(JobTags.of(properties).find(_.startsWith(tag)).map(_.stripPrefix(tag)))
  }

  private val keys = Seq(Settings.JobMinCores, Settings.JobMaxCores, Settings.JobMaxTasks)
}
