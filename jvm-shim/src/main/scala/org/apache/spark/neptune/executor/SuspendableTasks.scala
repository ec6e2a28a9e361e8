package org.apache.spark.neptune.executor

import java.io.{Externalizable, ObjectInput, ObjectOutput}

import org.apache.spark.{Partition, TaskContext}
import org.apache.spark.executor.TaskMetrics
import org.apache.spark.neptune.rpc.{Launch, Preempted}
import org.apache.spark.scheduler.{MapStatus, ResultTask, ShuffleMapTask, Task, TaskLocation}

/** Turns Spark's tasks into suspendable ones.
 *
 * Each wraps the stock task, which does all the work, and adds a gate. They are subclasses because
 * DAGScheduler tells results and map outputs apart by the task's class (Spark 4.x,
 * DAGScheduler.handleTaskCompletion).
 */
private[neptune] object SuspendableTasks {
  /** The suspendable form of a task; barrier tasks stay as they are. */
  def wrap(task: Task[_], launch: Launch): Task[_] = task match {
    case barrier if barrier.isBarrier => barrier
    case result: ResultTask[_, _] => new SuspendableResultTask(result, launch)
    case map: ShuffleMapTask => new SuspendableShuffleMapTask(map, launch)
    case other => other
  }

  /** Runs a task's body under its gate. */
  def run[T](context: TaskContext, launch: Launch)(body: TaskContext => T): T =
    ExecutorAgent.current match {
      case None => body(context)
      case Some(agent) =>
        val gate = agent.open(context, launch.level)
        // A kill that came before found no gate; a suspension that came after would outlast it.
        context.getKillReason().foreach(killed(context, _))
        val suspendable = new SuspendableTaskContext(context, gate, agent.socketAddress)
        TaskContext.setTaskContext(suspendable)
        try {
          agent.awaitVictims(gate, context.taskAttemptId(), launch)
          // It may have waited for long.
          context.killTaskIfInterrupted()
          gate.yieldPoint()
          body(suspendable)
        } catch {
          case failure: Throwable => throw agent.scarceMemory.insteadOf(failure, gate, context)
        } finally {
          TaskContext.setTaskContext(context)
          agent.close(context.taskAttemptId())
        }
    }

  /** Wakes a task that is killed while it is suspended; ends one that is preempted. */
  def killed(context: TaskContext, reason: String): Unit =
    if (context != null) {
      ExecutorAgent.current.foreach(
        _.kill(context.taskAttemptId(), atOnce = reason == Preempted.reason))
    }
}

/** What is sent of a suspendable task: the wrapped one, and what the wrapper has besides. Most of
 *  the wrapper's own fields have the same values as the wrapped task's, and the driver would have
 *  to write them for each task, under the scheduler's lock. It writes its fields itself: Java would
 *  describe them each time.
 *
 * @param epoch of map outputs: TaskSetManager sets it on the tasks that it is given (Spark 3.5 to
 *              4.3), hence not on the wrapped ones
 */
@SerialVersionUID(1L)
private[neptune] final class SentTask(
    private var task: Task[_], private var launch: Launch, private var epoch: Long)
  extends Externalizable {

  /** For Java's serialization. */
  def this() = this(null, null, 0L)

  override def writeExternal(out: ObjectOutput): Unit = {
    out.writeObject(task)
    out.writeLong(epoch)
    out.writeInt(launch.level)
    out.writeInt(launch.victims.length)
    launch.victims.foreach(out.writeLong(_))
  }

  override def readExternal(in: ObjectInput): Unit = {
    task = in.readObject().asInstanceOf[Task[_]]
    epoch = in.readLong()
    launch = new Launch(in.readInt())
    launch.victims = Array.fill(in.readInt())(in.readLong())
  }

  private def readResolve(): AnyRef = {
    val wrapped = SuspendableTasks.wrap(task, launch)
    wrapped.epoch = epoch
    wrapped
  }
}

/** Stands in for the partition of the wrapped task, of which the wrapper needs the index only. */
private[neptune] final case class PartitionIndex(override val index: Int) extends Partition

/** A task that has the wrapped one do the work, under a gate. */
private[neptune] trait SuspendableTask[T] extends Task[T] {
  protected def inner: Task[T]
  /** What it is told with its launch; the same for all tasks of its set. */
  def launch: Launch

  @transient override lazy val metrics: TaskMetrics = inner.metrics
  override def runTask(context: TaskContext): T =
    SuspendableTasks.run(context, launch)(inner.runTask)
  override def preferredLocations: Seq[TaskLocation] = inner.preferredLocations
  override def executorDeserializeTimeNs: Long = inner.executorDeserializeTimeNs
  override def executorDeserializeCpuTime: Long = inner.executorDeserializeCpuTime
  override def kill(interruptThread: Boolean, reason: String): Unit = {
    super.kill(interruptThread, reason)
    SuspendableTasks.killed(context, reason)
  }
}

private[neptune] final class SuspendableResultTask[T, U](
    protected val inner: ResultTask[T, U], val launch: Launch)
  extends ResultTask[T, U](
    inner.stageId, inner.stageAttemptId, null, PartitionIndex(inner.partitionId),
    inner.numPartitions, Nil, inner.outputId, inner.artifacts, inner.localProperties,
    Array.emptyByteArray, inner.jobId, inner.appId, inner.appAttemptId)
  with SuspendableTask[U] {
  private def writeReplace(): AnyRef = new SentTask(inner, launch, epoch)
}

private[neptune] final class SuspendableShuffleMapTask(
    protected val inner: ShuffleMapTask, val launch: Launch)
  extends ShuffleMapTask(
    inner.stageId, inner.stageAttemptId, null, PartitionIndex(inner.partitionId),
    inner.numPartitions, Nil, inner.artifacts, inner.localProperties,
    Array.emptyByteArray, inner.jobId, inner.appId, inner.appAttemptId)
  with SuspendableTask[MapStatus] {
  private def writeReplace(): AnyRef = new SentTask(inner, launch, epoch)
}
