package org.apache.spark.neptune.rpc

/** Why a task is killed in the place of being suspended: its executor may then end it at once. */
object Preempted {
  val reason: String = "preempted by a job of higher priority"
}

object Endpoints {
  /** The scheduler's endpoint on the driver. */
  val driver: String = "neptune-scheduler"
  /** An executor's agent. */
  def agent(executorId: String): String = s"neptune-agent-$executorId"
}
