package org.apache.spark.neptune.driver.allocation

import java.util.Properties

import scala.collection.mutable

import neptune.core.{LimitedStages, TaskLimit}

import org.apache.spark.{Resubmitted, Success, TaskKilled}
import org.apache.spark.neptune.driver.priorities.JobLimits
import org.apache.spark.neptune.driver.report.FailureLog
import org.apache.spark.scheduler.{
  LiveListenerBus, SparkListener, SparkListenerJobEnd, SparkListenerJobStart,
  SparkListenerStageCompleted, SparkListenerStageSubmitted, SparkListenerTaskEnd,
  SparkListenerTaskStart}

/** Has Spark's allocation of executors count no more tasks than limits allow to run at once.
 *
 * It counts all tasks that are pending (ExecutorAllocationListener, Spark 3.5 to 4.3), by events
 * that come later than what they tell of. What is left out of its count must never be more than
 * what is in it, or the tasks of others would be missing there. So this hears the same events in
 * the same queue: of a stage that is submitted after Spark's listener, and of all that lowers the
 * count before that.
 *
 * THREADING: the bus's thread calls the listeners; `limitsChanged` is for any thread that has no
 * lock of Spark's.
 *
 * @param nanocoresPerTask what a task of a resource profile needs
 * @param leaveOut has so many tasks of each resource profile left out of the count, of which it may
 *                 be told again and again
 */
private[driver] final class LimitedBacklog(
    limits: JobLimits, nanocoresPerTask: Int => Long, leaveOut: Map[Int, Int] => Unit) {
  private val stages = new LimitedStages
  /** The stages of live jobs. */
  private val jobs = mutable.HashMap.empty[Int, Set[Int]]
  private val failures = new FailureLog
  private var works = true

  /** Before Spark's allocation has started. */
  def listenBefore(bus: LiveListenerBus): Unit = bus.addToManagementQueue(before)

  /** Once it has. */
  def listenAfter(bus: LiveListenerBus): Unit = bus.addToManagementQueue(after)

  /** Somebody has changed limits. */
  def limitsChanged(): Unit = changing(stages.limitsChanged())

  private[allocation] val before: SparkListener = new SparkListener {
    override def onJobStart(event: SparkListenerJobStart): Unit =
      changing(jobs(event.jobId) = event.stageIds.toSet)

    override def onJobEnd(event: SparkListenerJobEnd): Unit = changing(jobs -= event.jobId)

    override def onTaskStart(event: SparkListenerTaskStart): Unit =
      changing(stages.started(event.stageId, event.stageAttemptId))

    override def onTaskEnd(event: SparkListenerTaskEnd): Unit = changing {
      val (stageId, attempt) = (event.stageId, event.stageAttemptId)
      event.reason match {
        // The end of none: its output was lost. Spark takes one from those that run, and has it
        // pending again.
        case Resubmitted => stages.lost(stageId, attempt)
        case Success | _: TaskKilled => stages.ended(stageId, attempt, isPending = false)
        case _ => stages.ended(stageId, attempt, isPending = !event.taskInfo.speculative)
      }
    }

    override def onStageCompleted(event: SparkListenerStageCompleted): Unit = changing(
      stages.completed(event.stageInfo.stageId, event.stageInfo.attemptNumber()))
  }

  private[allocation] val after: SparkListener = new SparkListener {
    override def onStageSubmitted(event: SparkListenerStageSubmitted): Unit = changing {
      val info = event.stageInfo
      stages.submitted(
        info.stageId, info.attemptNumber(), info.resourceProfileId, info.numTasks,
        () => limitsOf(info.stageId, event.properties, info.resourceProfileId))
    }
  }

  private def limitsOf(stageId: Int, properties: Properties, profile: Int): Seq[TaskLimit] =
    // The job that DAGScheduler.activeJobForStage finds (Spark 3.5 to 4.3).
    jobs.iterator.collect { case (job, ids) if ids(stageId) => job }.reduceOption(_ min _).toSeq
      .flatMap(limits.ofTasks(_, properties, nanocoresPerTask(profile)))

  /** Once it has failed, and so may have missed anything, nothing is left out. */
  private def changing(act: => Unit): Unit = synchronized {
    if (works) {
      works = failures.guarded("leaving tasks over limits out of a backlog", false) {
        act
        leaveOut(stages.excess)
        true
      }
      if (!works) leaveOut(Map.empty)
    }
  }
}
