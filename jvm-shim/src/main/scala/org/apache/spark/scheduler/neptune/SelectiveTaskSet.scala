package org.apache.spark.scheduler.neptune

import scala.util.Try

import org.apache.spark.TaskState.TaskState
import org.apache.spark.TaskFailedReason
import org.apache.spark.neptune.compat.{CpuAmount, OtherResources}
import org.apache.spark.rdd.RDD
import org.apache.spark.scheduler.{
  ExecutorLossReason, HealthTracker, TaskDescription, TaskLocality, TaskSchedulerImpl, TaskSet,
  TaskSetManager}
import org.apache.spark.util.Clock

/** A task set that may leave offers of some executors, and that knows what kind of work it is.
 *
 * @param rdd of its stage, if that is known
 * @param groupSize how many tasks its job has, if they are those of pipelined stages; else 0
 * @param unfit whether no Python task may run on an executor now
 */
private[neptune] class SelectiveTaskSet(
    scheduler: TaskSchedulerImpl, tasks: TaskSet, maxFailures: Int, health: Option[HealthTracker],
    clock: Clock, rdd: Option[RDD[_]], val groupSize: Int, unfit: String => Boolean)
  extends TaskSetManager(scheduler, tasks, maxFailures, health, clock) {

  /** Looked at only where an executor is unfit. */
  lazy val usesPython: Boolean = Try(rdd.exists(PythonStages.usesPython)).getOrElse(true)

  /** Whether its group of pipelined stages has got cores for all its tasks; guarded by the
   *  scheduler's lock. */
  private[neptune] var isGroupComplete: Boolean = false

  /** What keeps it from launching; guarded by the scheduler's lock. */
  private[neptune] var cap: LaunchCap = LaunchCap.Unlimited

  /** It launches on cores that others have yet to give up; guarded by the scheduler's lock. */
  private[neptune] var forOthers: Option[LaunchesForOthers] = None

  /** How many tasks are pending; less than none: to be counted anew. */
  private var pendingCount = -1

  /** How many tasks are neither running nor done; not of a barrier stage, whose tasks are launched
   *  elsewhere. Kept: a stage may have 100,000, and each round of offers asks. */
  private[neptune] def countPending: Int = {
    if (pendingCount < 0) pendingCount = tasks.tasks.indices.count(isPending)
    pendingCount
  }

  /** As TaskSetManager itself has it when it looks for a task to launch (Spark 3.5 to 4.3). */
  private[neptune] def isPending(index: Int): Boolean =
    copiesRunning(index) == 0 && !successful(index)

  /** Pipelined stages start together: none of their tasks waits for a place that it prefers, which
   *  another one of its group may have. */
  override def recomputeLocality(): Unit = {
    super.recomputeLocality()
    waitForNoPlace()
  }

  private def waitForNoPlace(): Unit =
    if (PipelinedStages.isPipelined(tasks)) localityWaits = localityWaits.map(_ => 0L)

  waitForNoPlace()

  /** Whether it is of a real-time query. */
  lazy val isRealTime: Boolean = PipelinedStages.isPipelined(tasks) ||
    Try(RealTimeStages.isReading(tasks.properties, rdd)).getOrElse(false)

  override def resourceOffer(
      executorId: String, host: String, maxLocality: TaskLocality.TaskLocality,
      cpus: CpuAmount.Type,
      resources: OtherResources.Assigned): (Option[TaskDescription], Boolean, Int) =
    if (!cap.allows || unfit(executorId) && usesPython) (None, false, -1)
    else {
      def offer() = super.resourceOffer(executorId, host, maxLocality, cpus, resources)
      val offered = forOthers.fold(offer())(_.on(executorId, this)(offer())(_._1.isDefined))
      if (offered._1.isDefined) cap.launched()
      // A second copy is of a task that has been running. Of barrier tasks there is no description
      // yet, nor a count.
      if (pendingCount > 0) {
        offered._1.foreach(task => if (copiesRunning(task.index) == 1) pendingCount -= 1)
      }
      offered
    }

  // Beside launches these are all that make a task pending, or end that (Spark 3.5 to 4.3). A task
  // that succeeds has been running until then.

  override def handleFailedTask(taskId: Long, state: TaskState, reason: TaskFailedReason): Unit =
    counting(super.handleFailedTask(taskId, state, reason))

  override def executorLost(
      executorId: String, host: String, reason: ExecutorLossReason): Unit =
    counting(super.executorLost(executorId, host, reason))

  private[scheduler] override def markPartitionCompleted(partitionId: Int): Unit =
    counting(super.markPartitionCompleted(partitionId))

  private def counting(change: => Unit): Unit = try change finally pendingCount = -1
}
