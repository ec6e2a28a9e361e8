package org.apache.spark.neptune.simulation

import java.util.Properties

import org.apache.spark.{JobArtifactSet, Partition, SparkContext}
import org.apache.spark.executor.TaskMetrics
import org.apache.spark.neptune.settings.Settings
import org.apache.spark.resource.ResourceProfile
import org.apache.spark.scheduler.{
  ExecutorCacheTaskLocation, ResultTask, Task, TaskLocation, TaskSet}

/** Makes task sets as a DAGScheduler does: what is serialized at a task's launch has its size. */
private[simulation] final class TaskSetMaker(sc: SparkContext) {
  private val binary = sc.broadcast(new Array[Byte](4096))
  // Kept, so that its accumulators are.
  private val metrics = TaskMetrics.registered
  private val serializedMetrics =
    sc.env.closureSerializer.newInstance().serialize(metrics).array()

  /** @param cachedOn the executor where each task's blocks are cached; None: it has none
   *  @param order of the job among those of its priority
   *  @param paddingBytes makes each task larger
   *  @param profileId of the resource profile that says what each task needs
   *  @param pool of FAIR, if it names one
   */
  def make(
      stageId: Int, order: Int, priority: String, cachedOn: IndexedSeq[Option[FakeExecutor]],
      profileId: Int = ResourceProfile.DEFAULT_RESOURCE_PROFILE_ID,
      paddingBytes: Int = 0, pool: Option[String] = None): TaskSet = {
    val properties = new Properties
    properties.setProperty(Settings.JobPriority, priority)
    pool.foreach(properties.setProperty(SparkContext.SPARK_SCHEDULER_POOL, _))
    val tasks: Array[Task[_]] = cachedOn.zipWithIndex.map { case (executor, index) =>
      val locations: Seq[TaskLocation] =
        executor.map(e => ExecutorCacheTaskLocation(e.host, e.id)).toSeq
      val slice = Slice(index, new Array[Byte](paddingBytes))
      new ResultTask[Int, Int](
        stageId, 0, binary, slice, cachedOn.size, locations, index,
        JobArtifactSet.emptyJobArtifactSet, properties, serializedMetrics, Some(order))
    }.toArray
    new TaskSet(tasks, stageId, 0, order, properties, profileId, None)
  }

  def close(): Unit = binary.destroy()
}

private[simulation] final case class Slice(override val index: Int, padding: Array[Byte])
  extends Partition
