package org.apache.spark.neptune.simulation

import org.apache.spark.{SparkContext, Success, TaskEndReason}
import org.apache.spark.scheduler.{
  DAGScheduler, DirectTaskResult, ExecutorLossReason, Task, TaskInfo, TaskResultGetter,
  TaskSchedulerImpl, TaskSet, TaskSetManager}
import org.apache.spark.util.{AccumulatorV2, Clock}
import org.apache.spark.{TaskKilled, TaskState}
import org.apache.spark.TaskState.TaskState

/** Is told what a DAGScheduler is told, and knows no jobs.
 *
 * @param succeeded told the stage of each task that has succeeded
 */
private[simulation] class FakeDag(
    sc: SparkContext, scheduler: TaskSchedulerImpl, clock: Clock, succeeded: Int => Unit)
  extends DAGScheduler(
    sc, scheduler, sc.listenerBus, scheduler.mapOutputTracker, sc.env.blockManager.master, sc.env,
    clock) {

  override def taskStarted(task: Task[_], info: TaskInfo): Unit = ()
  override def taskGettingResult(info: TaskInfo): Unit = ()
  override def executorAdded(execId: String, host: String): Unit = ()
  override def executorLost(execId: String, reason: ExecutorLossReason): Unit = ()
  override def taskEnded(
      task: Task[_], reason: TaskEndReason, result: Any, updates: Seq[AccumulatorV2[_, _]],
      peaks: Array[Long], info: TaskInfo): Unit =
    if (reason == Success) succeeded(task.stageId)
  override def taskSetFailed(
      taskSet: TaskSet, reason: String, exception: Option[Throwable]): Unit =
    throw new IllegalStateException(s"The task set ${taskSet.id} failed: $reason")
}

/** Hands results on at once, on the thread that brings them; all are the same. */
private[simulation] final class FakeResults(sc: SparkContext, scheduler: TaskSchedulerImpl)
  extends TaskResultGetter(sc.env, scheduler) {
  private val result = {
    val instance = sc.env.serializer.newInstance()
    val made = new DirectTaskResult[Int](instance.serialize(0), Nil, Array.empty[Long])
    made.value(instance)
    made
  }

  override def enqueueSuccessfulTask(
      manager: TaskSetManager, taskId: Long, data: java.nio.ByteBuffer): Unit =
    scheduler.handleSuccessfulTask(manager, taskId, result)
  override def enqueueFailedTask(
      manager: TaskSetManager, taskId: Long, state: TaskState, data: java.nio.ByteBuffer): Unit = {
    require(state == TaskState.KILLED, s"The fake task $taskId became $state.")
    scheduler.handleFailedTask(manager, taskId, state, TaskKilled("preempted"))
  }
}
