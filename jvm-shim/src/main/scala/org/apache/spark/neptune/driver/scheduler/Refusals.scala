package org.apache.spark.neptune.driver.scheduler

import org.apache.spark.neptune.driver.executors.Agents
import org.apache.spark.neptune.driver.priorities.MisplacedSettings
import org.apache.spark.neptune.driver.sharing.{CoresPerTask, Shares}
import org.apache.spark.neptune.settings.Settings
import org.apache.spark.scheduler.{DAGScheduler, TaskSet}
import org.apache.spark.scheduler.neptune.{PythonStages, StageRdds}

/** Why a task set may not run. THREADING: under the scheduler's lock. */
private[driver] final class Refusals(
    settings: Settings, agents: Agents, shares: Shares, needs: CoresPerTask) {
  private val misplaced = new MisplacedSettings(settings)

  /** @param stages knows what the set's stage computes */
  def of(taskSet: TaskSet, stages: DAGScheduler): Option[String] =
    agents.refusal
      .filter(_ => StageRdds.lastOf(stages, taskSet.stageId).forall(PythonStages.usesPython))
      .orElse(misplaced.problemOf(taskSet.properties))
      .orElse(shares.admit(taskSet, needs.nanocoresOf(taskSet)))
}
