package org.apache.spark.neptune.rpc

import org.apache.spark.metrics.ExecutorMetricType

/** The execution memory that one task holds, and whether the task is suspended. */
final case class TaskMemory(taskId: Long, bytes: Long, suspended: Boolean)

/** What an executor's JVM uses at one moment.
 *
 * @param atMs on the executor's own clock, of which differences count only
 * @param heapUsedBytes used part of the heap, garbage included
 * @param heapMaxBytes what the heap may grow to
 * @param gcMs time spent in garbage collection since the executor started
 * @param spilledBytes what its suspendable tasks have spilled to disk, those that ended included
 * @param machineBytes memory of its machine, or of its container where that has a limit
 * @param managedBytes memory that Spark manages for tasks and cached blocks
 * @param metrics Spark's executor metrics, in the order of ExecutorMetricType: executors and driver
 *                are of one Spark, whose heartbeats rely on the same
 * @param tasks the suspendable tasks that run there or are suspended there
 */
final case class ExecutorFigures(
    atMs: Long,
    heapUsedBytes: Long,
    heapMaxBytes: Long,
    gcMs: Long,
    spilledBytes: Long,
    machineBytes: Long,
    managedBytes: Long,
    metrics: Seq[Long],
    tasks: Seq[TaskMemory]) {

  def suspendedBytes: Long = tasks.filter(_.suspended).map(_.bytes).sum

  /** What tasks and cached blocks take of the memory that Spark manages. */
  def heldBytes: Long = ExecutorFigures.heldOffsets.flatMap(metrics.lift(_)).sum
}

/** Two arrays of longs on the wire, for the reason that [[Message]] gives: the executor's figures
 *  with Spark's metrics behind them, and the tasks'. */
object ExecutorFigures {
  private val width = 3
  private val heldOffsets: Seq[Int] =
    Seq("OnHeapUnifiedMemory", "OffHeapUnifiedMemory").map(ExecutorMetricType.metricToOffset)

  def encode(figures: ExecutorFigures): (Array[Long], Array[Long]) = (
    Array(figures.atMs, figures.heapUsedBytes, figures.heapMaxBytes, figures.gcMs,
      figures.spilledBytes, figures.machineBytes, figures.managedBytes) ++ figures.metrics,
    figures.tasks.flatMap(task =>
      Seq(task.taskId, task.bytes, if (task.suspended) 1L else 0L)).toArray)

  /** The figures, or None for what no version of ours has sent. */
  def decode(executor: Array[Long], tasks: Array[Long]): Option[ExecutorFigures] =
    executor.toSeq match {
      case Seq(atMs, heapUsed, heapMax, gcMs, spilled, machine, managed, metrics @ _*) =>
        Some(ExecutorFigures(
          atMs, heapUsed, heapMax, gcMs, spilled, machine, managed, metrics, decodeTasks(tasks)))
      case _ => None
    }

  private def decodeTasks(wire: Array[Long]): Seq[TaskMemory] =
    wire.toSeq.grouped(width).collect {
      case Seq(taskId, bytes, suspended) => TaskMemory(taskId, bytes, suspended == 1L)
    }.toList
}
