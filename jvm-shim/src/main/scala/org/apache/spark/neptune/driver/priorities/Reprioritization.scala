package org.apache.spark.neptune.driver.priorities

import java.util.Properties

import scala.util.Try

import neptune.core.Priority

import org.apache.spark.scheduler.neptune.StageJobs

/** Gives what runs already another priority. THREADING: any thread. */
private[driver] final class Reprioritization(
    overrides: PriorityOverrides, stages: StagePriorities, jobs: StageJobs) {

  /** @param kind one of [[PriorityOverrides.kinds]]
   * @param priority empty to take it back
   * @param owner the user whose jobs it is about; None: all
   * @return how many live jobs it is about
   * @throws IllegalArgumentException for what is no priority or no name, a job or a query that
   *                                  never was, and if all such jobs that are live are others'
   */
  def set(kind: String, name: String, priority: String, owner: Option[String]): Int = {
    val level = Some(priority).filter(_.nonEmpty).map(text => Priority.parse(text).getOrElse(
      throw new IllegalArgumentException(
        s"The priority is '$text', but it must be ${Priority.accepted}.")))
    JobNames.check(kind, name)
    if (kind == PriorityOverrides.job && !Try(name.toInt).toOption.exists(jobs.hasBeen)) {
      throw new IllegalArgumentException(s"There is no job $name, nor has there been one.")
    }
    if (kind == PriorityOverrides.query) {
      overrides.queries.problemOf(name).foreach(problem =>
        throw new IllegalArgumentException(problem))
    }
    for (user <- owner; others <- overrides.othersOf(kind, name, user)) {
      throw new IllegalArgumentException(
        s"$user may not change the priority of these jobs, which are " +
          s"${JobOwners.genitive(others)}: " +
          "spark.neptune.sql.control would have to be all.")
    }
    val found = overrides.set(kind, name, level, owner)
    stages.reconsider(found)
    found.size
  }

  /** The user whose job has these properties. */
  def ownerOf(properties: Properties): Option[String] = overrides.owners.of(properties)
}
