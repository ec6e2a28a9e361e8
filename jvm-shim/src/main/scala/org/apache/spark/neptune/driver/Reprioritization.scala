package org.apache.spark.neptune.driver

import scala.util.Try

import neptune.core.Priority

import org.apache.spark.scheduler.neptune.StageJobs

/** Gives what runs already another priority. THREADING: any thread. */
private[driver] final class Reprioritization(
    overrides: PriorityOverrides, stages: StagePriorities, jobs: StageJobs) {

  /** @param kind one of [[PriorityOverrides.kinds]]
   * @param priority empty to take it back
   * @return how many live jobs it is about
   * @throws IllegalArgumentException for what is no priority, and a job that never was
   */
  def set(kind: String, name: String, priority: String): Int = {
    val level = Some(priority).filter(_.nonEmpty).map(text => Priority.parse(text).getOrElse(
      throw new IllegalArgumentException(
        s"The priority is '$text', but it must be ${Priority.accepted}.")))
    if (kind == PriorityOverrides.job && !Try(name.toInt).toOption.exists(jobs.hasBeen)) {
      throw new IllegalArgumentException(s"There is no job $name, nor has there been one.")
    }
    val found = overrides.set(kind, name, level)
    stages.reconsider(found)
    found.size
  }
}
