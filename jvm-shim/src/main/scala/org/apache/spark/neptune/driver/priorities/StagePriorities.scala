package org.apache.spark.neptune.driver.priorities

import java.util.Properties

import neptune.core.{CoreLedger, StageLevels}

import org.apache.spark.scheduler.TaskSetManager
import org.apache.spark.scheduler.neptune.{StageJobs, TaskSets}

/** Keeps each stage at the highest priority of the live jobs that wait for it.
 *
 * A job that needs a stage which runs for another one already is not seen by the task scheduler
 * (DAGScheduler.submitStage, Spark 4.x). It is seen as an event; the round of offers that is then
 * asked for has the stage's tasks follow.
 *
 * THREADING: `levels` has a lock of its own, which is held for moments only, so that the listener
 * never waits for the scheduler; the rest is guarded by the scheduler's lock.
 *
 * @param reprioritize books a live task's priority, and tells its executor
 * @param tell is told of each stage whose task set gets another priority
 * @param revive asks for a round of offers
 */
private[driver] final class StagePriorities(
    priorities: JobPriorities, ledger: CoreLedger, reprioritize: (Long, Int) => Unit,
    tell: (Int, Int) => Unit, revive: () => Unit) {

  private val levels = new StageLevels
  @volatile private var haveChanged = false

  /** A job began, for which these stages have to run. */
  def started(jobId: Int, priority: Int, stageIds: Iterable[Int]): Unit =
    change(_.waits(jobId, priority, stageIds))

  def ended(jobId: Int): Unit = change(_.ended(jobId))

  /** These jobs may have other priorities than before. */
  def reconsider(jobs: Iterable[(Int, Properties)]): Unit =
    for ((jobId, properties) <- jobs; priority <- priorities.of(jobId, properties)) {
      change(_.reprioritized(jobId, priority))
    }

  /** Somebody of this priority waits for the job, for as long as it lives. */
  def raise(jobId: Int, priority: Int): Unit = change(_.raise(jobId, priority))

  /** Whether live jobs have different priorities, so that some may keep others from running. */
  def differ: Boolean =
    levels.synchronized(levels.range).exists { case (lowest, highest) => lowest < highest }

  /** The priority of a live job, if it is known. */
  def ofJob(jobId: Int): Option[Int] = levels.synchronized(levels.ofJob(jobId))

  /** Whether the job has no task at work, or some that are suspended for others; under the
   *  scheduler's lock.
   */
  def isHeldUp(jobId: Int): Boolean = {
    val stageIds = levels.synchronized(levels.stagesOf(jobId))
    val tasks = ledger.tasks.filter(entry => stageIds(entry.task.stageId))
    tasks.isEmpty || tasks.exists(entry => !entry.holdsCore && !entry.isManual)
  }

  /** The priority of a stage that is being submitted for a job of priority `own`. Called by
   *  DAGScheduler, which tells of its jobs to nobody else; events may be late, or be dropped.
   */
  def submitted(stageId: Int, own: Int, jobs: StageJobs): Int = {
    val others = for {
      (jobId, properties) <- jobs.waitingFor(stageId).toSeq
      priority <- priorities.of(jobId, properties).toOption
    } yield jobId -> priority
    levels.synchronized {
      val over = levels.liveJobs.filterNot(jobs.isActive).map(levels.ended)
      val waiting = others.map { case (jobId, priority) =>
        levels.waits(jobId, priority, Seq(stageId))
      }
      if ((over ++ waiting).exists(identity)) haveChanged = true
      levels.of(stageId).getOrElse(own)
    }
  }

  /** Has task sets and their live tasks follow their stages, before a round. */
  def apply(managers: => Iterable[TaskSetManager]): Unit =
    if (haveChanged) {
      haveChanged = false
      managers.foreach { manager =>
        // What nobody waits for any more ends as what it was.
        levels.synchronized(levels.of(manager.stageId)).foreach(follow(manager, _))
      }
    }

  private def change(act: StageLevels => Boolean): Unit =
    if (levels.synchronized(act(levels))) {
      haveChanged = true
      revive()
    }

  private def follow(manager: TaskSetManager, priority: Int): Unit =
    if (PriorityPool.priorityOf(manager) != priority) {
      PriorityPool.launchOf(manager).level = priority
      TaskSets.runningTasks(manager).foreach(reprioritize(_, priority))
      tell(manager.stageId, priority)
    }
}
