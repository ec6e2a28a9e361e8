package org.apache.spark.neptune.simulation

import scala.collection.mutable
import scala.util.Random

import org.apache.spark.metrics.ExecutorMetricType
import org.apache.spark.neptune.rpc.{ExecutorFigures, TaskMemory}

/** The memory of fake executors that Spark manages.
 *
 * A task takes what it needs when it starts, as far as there is any left, and keeps that until its
 * end, also while it is suspended. What it lacks it spills, and takes longer. The rest of a heap is
 * garbage, of which there is more or less by chance.
 */
private[simulation] final class SimulatedMemory(workload: Workload) {
  import SimulatedMemory._

  private val held = new Array[Long](workload.executors)
  private val spilled = new Array[Long](workload.executors)
  private val takenMb = mutable.LongMap.empty[Long]
  private val chance = new Random(workload.seed)

  /** By priority, in MiB. */
  val spilledMb: mutable.Map[String, Long] = mutable.HashMap.empty.withDefaultValue(0L)

  /** How many times as long a task takes that needs so much and starts there now. */
  def slowdown(executor: FakeExecutor, needMb: Long): Double =
    if (needMb == 0) 1.0
    else 1.0 + (workload.spillFactor - 1.0) * lacking(executor, needMb) / needMb

  def take(task: FakeTask, needMb: Long, priority: String): Unit = if (needMb > 0) {
    val lack = lacking(task.executor, needMb)
    spilled(task.executor.index) += lack
    spilledMb(priority) += lack
    takenMb(task.taskId) = needMb - lack
    held(task.executor.index) += needMb - lack
  }

  def release(task: FakeTask): Unit =
    held(task.executor.index) -= takenMb.remove(task.taskId).getOrElse(0L)

  /** What the executor's agent would tell. */
  def figures(executor: FakeExecutor, atMs: Long): ExecutorFigures = {
    val heap = (workload.memoryMb / managedShare).toLong
    val mine = held(executor.index)
    val metrics = Array.fill(ExecutorMetricType.numMetrics)(0L)
    metrics(ExecutorMetricType.metricToOffset("OnHeapUnifiedMemory")) = mine * Mib
    ExecutorFigures(
      atMs, (mine + chance.nextDouble() * (heap - mine)).toLong * Mib, heap * Mib, 0L,
      spilled(executor.index) * Mib, Long.MaxValue, workload.memoryMb * Mib, metrics.toSeq,
      executor.tasks.valuesIterator.map(task => TaskMemory(
        task.taskId, takenMb.getOrElse(task.taskId, 0L) * Mib, !task.runs)).toSeq)
  }

  private def lacking(executor: FakeExecutor, needMb: Long): Long =
    math.max(0L, needMb - math.max(0L, workload.memoryMb - held(executor.index)))
}

private object SimulatedMemory {
  private val Mib = 1L << 20
  /** spark.memory.fraction. */
  private val managedShare = 0.6
}
