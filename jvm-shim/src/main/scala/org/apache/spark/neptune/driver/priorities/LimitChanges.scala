package org.apache.spark.neptune.driver.priorities

import java.util.Properties

import scala.util.Try

import org.apache.spark.neptune.settings.{
  CoreCount, Limiter, NamedSettings, NearNames, Settings}
import org.apache.spark.scheduler.neptune.StageJobs

/** Gives what runs already another limit. THREADING: any thread.
 *
 * @param live knows the live jobs
 * @param pools the pools that there are; None: any may come into being with its first job
 * @param changed is told when limits have changed
 */
private[driver] final class LimitChanges(
    settings: Settings, limits: JobLimits, overrides: LimitOverrides, live: PriorityOverrides,
    jobs: StageJobs, pools: () => Option[Seq[String]], changed: () => Unit) {
  import LimitChanges._

  /** @param kind one of [[kinds]]
   * @param maxCores as in a setting; empty: as configured
   * @param maxTasks likewise
   * @param owner the user whose jobs it is about; None: all
   * @return how many live jobs it is about
   * @throws IllegalArgumentException for what is no limit, what there is not, and a job that is
   *                                  another's
   */
  def set(
      kind: String, name: String, maxCores: String, maxTasks: String, owner: Option[String])
      : Int = {
    val chosen = LimitOverrides.Chosen(
      said(Settings.JobMaxCores, maxCores).flatMap(CoreCount.parse),
      said(Settings.JobMaxTasks, maxTasks).map(_.trim.toInt))
    JobNames.check(kind, name)
    val limiter =
      if (kind == job) limiterOf(name, owner)
      else {
        problemOf(kind, name).foreach(refuse)
        settings.limits.get(kind, name)
      }
    Limiter.problemOf(
      limiter.copy(maxCores = chosen.maxCores.orElse(limiter.maxCores)),
      s"spark.neptune.$kind.$name.").foreach(refuse)
    if (kind == job) overrides.setForWork(limiter.name, chosen, owner)
    else overrides.set(limiter.name, chosen, owner)
    // Of a job that has just been submitted, listeners may have been told since it was looked for.
    if (kind == job) liveOf(name.toInt).foreach(limits.began(name.toInt, _))
    changed()
    if (kind == job && live.isYetToBegin(name.toInt)) 1
    else live.liveJobs.count { case (id, properties) =>
      limits.namesOf(id, properties).contains(limiter.name)
    }
  }

  private def said(key: String, text: String): Option[String] =
    Some(text).filter(_.nonEmpty).map { value =>
      Settings.problemOf(key, value).foreach(refuse)
      value
    }

  private def problemOf(kind: String, name: String): Option[String] = kind match {
    case _ if name == NamedSettings.EveryName && NamedSettings.haveCommon(kind) =>
      Some(s"'$name' is not the name of a $kind: pass the name of one. What is for every $kind, " +
        s"spark.neptune.$kind.$name.maxCores, is set before the application starts.")
    case `rule` if !settings.rules.isRule(name) =>
      Some(s"There is no rule $name: no setting begins with spark.neptune.rule.$name.")
    case `pool` if !settings.limits.isSet(kind, name) =>
      pools().filterNot(_.contains(name)).map(known =>
        s"There is no pool $name (spark.scheduler.allocation.file and jobs have created: " +
          s"${NearNames.listed(name, known)}).")
    case _ => None
  }

  /** That of the work which a job is a part of. */
  private def limiterOf(jobId: String, owner: Option[String]): Limiter = {
    val id = Try(jobId.toInt).toOption.filter(jobs.hasBeen).getOrElse(
      refuse(s"There is no job $jobId, nor has there been one."))
    for (user <- owner; others <- live.othersOf(PriorityOverrides.job, jobId, user)) {
      refuse(
        s"$user may not limit job $jobId, which is ${JobOwners.genitive(others)}: " +
          "spark.neptune.sql.control would have to be all.")
    }
    val work = liveOf(id).map(limits.workOf(id, _))
    Limiter(work.getOrElse(LimitOverrides.ofJob(id)), None, None, None)
  }

  private def liveOf(jobId: Int): Option[Properties] =
    live.liveJobs.collectFirst { case (`jobId`, properties) => properties }

  private def refuse(sentence: String): Nothing = throw new IllegalArgumentException(sentence)
}

private[neptune] object LimitChanges {
  private val job = PriorityOverrides.job
  private val pool = "pool"
  private val rule = "rule"
  /** Whom limits may be given to; users, too. */
  val kinds: Seq[String] = Seq(job, pool, "user", rule)

  /** Whether the limits of such are a user's own affair. */
  def isOfOneJob(kind: String): Boolean = kind == job
}
