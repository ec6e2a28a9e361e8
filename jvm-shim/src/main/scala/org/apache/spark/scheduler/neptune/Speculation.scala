package org.apache.spark.scheduler.neptune

import java.nio.ByteBuffer

import scala.collection.mutable

import org.apache.spark.{SparkContext, TaskState}
import org.apache.spark.TaskState.TaskState
import org.apache.spark.internal.config.SPECULATION_ENABLED
import org.apache.spark.rdd.RDD
import org.apache.spark.scheduler.{
  DirectTaskResult, HealthTracker, TaskSchedulerImpl, TaskSet, TaskSetManager}
import org.apache.spark.util.Clock
import org.apache.spark.util.collection.PercentileHeap

/** A TaskSchedulerImpl whose speculation does not take suspended time for slowness, and that leaves
 *  Python tasks to executors that can run them. */
private[spark] abstract class SpeculatingScheduler(
    sc: SparkContext, maxTaskFailures: Int, isLocal: Boolean, clock: Clock)
  extends OrderingScheduler(sc, maxTaskFailures, isLocal, clock) {

  private val speculates = sc.conf.get(SPECULATION_ENABLED)

  /** How long a live task has been suspended so far; called under this scheduler's lock. */
  protected def suspendedMs(taskId: Long): Long

  /** Whether no Python task may run on an executor now. */
  protected def isUnfitForPython(executorId: String): Boolean

  private[scheduler] override def createTaskSetManager(
      taskSet: TaskSet, maxFailures: Int): TaskSetManager = {
    val rdd = StageRdds.lastOf(dagScheduler, taskSet.stageId)
    // As FIFO has it, a task set's priority is its job.
    val groupSize =
      if (PipelinedStages.isPipelined(taskSet)) {
        new StageJobs(Option(dagScheduler)).countTasks(taskSet.priority)
      } else 0
    if (!speculates) {
      new SelectiveTaskSet(
        this, taskSet, maxFailures, healthTrackerOpt, clock, rdd, groupSize,
        isUnfitForPython)
    } else {
      new SpeculatingTaskSet(
        this, taskSet, maxFailures, healthTrackerOpt, new BackdatedClock(clock), rdd,
        groupSize, isUnfitForPython, suspendedMs)
    }
  }

  override def statusUpdate(taskId: Long, state: TaskState, data: ByteBuffer): Unit = {
    // Spark counts the duration once it has the result, when the task is no longer live.
    if (speculates && state == TaskState.FINISHED) synchronized {
      TaskSets.managerOf(this, taskId) match {
        case tasks: SpeculatingTaskSet => tasks.finishing(taskId)
        case _ => ()
      }
    }
    super.statusUpdate(taskId, state, data)
  }
}

/** A task set that discounts the time that its tasks were suspended: where Spark looks for how long
 *  they have been running, and in the durations to which it compares that.
 *
 * THREADING: under the scheduler's lock, as its superclass.
 */
private[neptune] final class SpeculatingTaskSet(
    scheduler: TaskSchedulerImpl, tasks: TaskSet, maxFailures: Int, health: Option[HealthTracker],
    clock: BackdatedClock, rdd: Option[RDD[_]], groupSize: Int, unfit: String => Boolean,
    suspendedMs: Long => Long)
  extends SelectiveTaskSet(
    scheduler, tasks, maxFailures, health, clock, rdd, groupSize, unfit) {

  /** Of tasks that were suspended, and have finished. */
  private val suspendedMsOf = mutable.LongMap.empty[Long]
  private var discountMs = 0L

  override val successfulTaskDurations: PercentileHeap = new PercentileHeap {
    override def insert(durationMs: Double): Unit =
      super.insert(math.max(0.0, durationMs - discountMs))
  }

  /** The task's result is on its way. */
  def finishing(taskId: Long): Unit = {
    val ms = suspendedMs(taskId)
    if (ms > 0) suspendedMsOf(taskId) = ms
  }

  override def handleSuccessfulTask(taskId: Long, result: DirectTaskResult[_]): Unit = {
    discountMs = suspendedMsOf.remove(taskId).getOrElse(0L)
    super.handleSuccessfulTask(taskId, result)
  }

  /** Looks at the tasks that were suspended one by one, each at its own time. */
  override def checkSpeculatableTasks(minTimeToSpeculation: Long): Boolean = {
    val ever = runningTasksSet.iterator.map(id => id -> suspendedMs(id)).filter(_._2 > 0).toList
    if (ever.isEmpty) super.checkSpeculatableTasks(minTimeToSpeculation)
    else {
      val all = runningTasksSet.toList
      try {
        runningTasksSet --= ever.iterator.map(_._1)
        ever.foldLeft(super.checkSpeculatableTasks(minTimeToSpeculation)) {
          case (found, (taskId, ms)) =>
            runningTasksSet.clear()
            runningTasksSet += taskId
            clock.back(ms)(super.checkSpeculatableTasks(minTimeToSpeculation)) || found
        }
      } finally runningTasksSet ++= all
    }
  }
}

/** A clock that can be put back for a while; by one thread, which is then the only one to look. */
private[neptune] final class BackdatedClock(clock: Clock) extends Clock {
  private var behindMs = 0L

  def back[T](ms: Long)(look: => T): T = {
    behindMs = ms
    try look finally behindMs = 0L
  }

  override def getTimeMillis(): Long = clock.getTimeMillis() - behindMs
  override def nanoTime(): Long = clock.nanoTime()
  override def waitTillTime(targetTime: Long): Long = clock.waitTillTime(targetTime)
}
