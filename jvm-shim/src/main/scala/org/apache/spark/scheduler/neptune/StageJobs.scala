package org.apache.spark.scheduler.neptune

import java.util.Properties

import org.apache.spark.scheduler.DAGScheduler

/** Which live jobs wait for a stage.
 *
 * THREADING: to be asked by DAGScheduler's own thread only, whose tables these are (Spark 4.x); but
 * for [[hasBeen]], which any thread may ask.
 *
 * @param scheduler nobody, in a simulation
 */
private[spark] final class StageJobs(scheduler: Option[DAGScheduler]) {
  /** The live jobs that wait for the stage, and their local properties. */
  def waitingFor(stageId: Int): Iterable[(Int, Properties)] = for {
    dag <- scheduler.toSeq
    stage <- dag.stageIdToStage.get(stageId).toSeq
    jobId <- stage.jobIds.toSeq
    job <- dag.jobIdToActiveJob.get(jobId)
  } yield jobId -> job.properties

  /** How many tasks all stages of a live job have. */
  def countTasks(jobId: Int): Int = scheduler.toSeq.flatMap { dag =>
    dag.jobIdToStageIds.getOrElse(jobId, Nil).toSeq.flatMap(dag.stageIdToStage.get)
      .map(_.numTasks)
  }.sum

  /** Whether the id is that of a job, live or over. */
  def hasBeen(jobId: Int): Boolean =
    jobId >= 0 && scheduler.exists(jobId < _.numTotalJobs)

  def isActive(jobId: Int): Boolean = scheduler.exists(_.jobIdToActiveJob.contains(jobId))
}
