package org.apache.spark.neptune.driver.priorities

import java.util.{Collections, LinkedHashMap, Map => JMap}
import java.util.concurrent.ConcurrentHashMap

import org.apache.spark.neptune.settings.{CoreCount, Limiter}

/** Limits that somebody gives to jobs from outside, while these run; each comes before what the
 *  settings, or the jobs themselves, say of the same.
 *
 * THREADING: safe for all callers.
 */
private[driver] final class LimitOverrides {
  import LimitOverrides._

  /** Those of pools, users and rules, which stay, by the limiter's name, and the user for whose
   *  jobs only. One that was taken back is kept: what holds again has been changed, too. */
  private val lasting: JMap[(String, Option[String]), Chosen] = new ConcurrentHashMap
  /** Those of jobs, and of what these are a part of, likewise. */
  private val passing: JMap[(String, Option[String]), Chosen] = Collections.synchronizedMap(
    new LinkedHashMap[(String, Option[String]), Chosen] {
      // Nobody tells of the end of all that jobs are a part of.
      override def removeEldestEntry(
          eldest: JMap.Entry[(String, Option[String]), Chosen]): Boolean = size > mostPassing
    })

  def isEmpty: Boolean = lasting.isEmpty && passing.isEmpty

  /** For a pool, a user or a rule.
   *
   * @param name that of a limiter
   * @param owner the user whose jobs it is about; None: all
   */
  def set(name: String, limit: Chosen, owner: Option[String]): Unit =
    lasting.put((name, owner), limit)

  /** The same for a job, or for what that is a part of; what was chosen for the first of very many
   *  is forgotten. */
  def setForWork(name: String, limit: Chosen, owner: Option[String]): Unit =
    passing.put((name, owner), limit)

  /** It is known now what a job is a part of: what was chosen for the job before that is for all of
   *  this, and replaces what was chosen for it before.
   *
   * @param work the limiter's name
   * @param owner the user whose job it is
   * @return whether anything was
   */
  def began(jobId: Int, work: String, owner: => Option[String]): Boolean = {
    val alone = LimitOverrides.ofJob(jobId)
    if (isEmpty || work == alone) false
    else {
      (None +: owner.map(Option(_)).toList).map { whose =>
        val early = Option(passing.remove((alone, whose)))
        early.foreach(passing.put((work, whose), _))
        early.isDefined
      }.exists(identity)
    }
  }

  /** The limiter as it is in force; what was chosen for all users' jobs comes first. */
  def inForce(limiter: Limiter, owner: => Option[String]): Limiter =
    if (isEmpty) limiter
    else {
      val chosen = chosenFor(limiter.name, owner)
      if (!chosen.isChanged) limiter
      else {
        chosen.copy(
          minCores = limiter.minCores,
          maxCores = chosen.maxCores.orElse(limiter.maxCores),
          maxTasks = chosen.maxTasks.orElse(limiter.maxTasks))
      }
    }

  /** Nothing but what was chosen for the limiter of this name. */
  def chosenFor(name: String, owner: => Option[String]): Limiter = {
    val found = if (isEmpty) Nil
      else (None +: owner.map(Option(_)).toList).flatMap(whose => chosenFor((name, whose)))
    Limiter(
      name, None, found.flatMap(_.maxCores).headOption, found.flatMap(_.maxTasks).headOption,
      isChanged = found.nonEmpty)
  }

  /** The same of a job's own: what was chosen is for all that the job is a part of, whichever
   *  limits other jobs of that have. */
  def inForceForWork(own: Limiter, owner: => Option[String]): Seq[Limiter] = {
    val chosen = chosenFor(own.name, owner)
    if (!chosen.isChanged) Seq(own)
    else {
      Seq(chosen, own.copy(
        maxCores = if (chosen.maxCores.isEmpty) own.maxCores else None,
        maxTasks = if (chosen.maxTasks.isEmpty) own.maxTasks else None,
        isChanged = true))
    }
  }

  /** No work is called as a pool is, or a user, or a rule. */
  private def chosenFor(whom: (String, Option[String])): Option[Chosen] =
    Option(lasting.get(whom)).orElse(Option(passing.get(whom)))
}

private[driver] object LimitOverrides {
  private val mostPassing = 10000

  /** The limiter of a job that is a part of nothing else, as far as is known. */
  def ofJob(jobId: Int): String = s"job $jobId"

  /** What somebody has chosen; None: as configured. */
  final case class Chosen(maxCores: Option[CoreCount], maxTasks: Option[Int])
}
