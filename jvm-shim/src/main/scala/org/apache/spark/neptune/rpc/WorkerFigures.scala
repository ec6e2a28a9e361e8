package org.apache.spark.neptune.rpc

/** What one Python worker and the processes that it has started use.
 *
 * @param taskId the task that it ran when it was measured, if one of ours
 * @param cpuMs processor time since they started, in milliseconds
 */
final case class WorkerFigures(
    pid: Long, taskId: Option[Long], rssBytes: Long, cpuMs: Long, processes: Long)

/** Array of longs on the wire, for the reason that [[Message]] gives. */
object WorkerFigures {
  private val noTask = -1L
  private val width = 5

  def encode(workers: Seq[WorkerFigures]): Array[Long] = workers.flatMap(w =>
    Seq(w.pid, w.taskId.getOrElse(noTask), w.rssBytes, w.cpuMs, w.processes)).toArray

  def decode(wire: Array[Long]): Seq[WorkerFigures] = wire.toSeq.grouped(width).collect {
    case Seq(pid, task, rss, cpu, processes) =>
      WorkerFigures(pid, Some(task).filter(_ != noTask), rss, cpu, processes)
  }.toList
}
