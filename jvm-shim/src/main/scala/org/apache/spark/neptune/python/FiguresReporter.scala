package org.apache.spark.neptune.python

import neptune.time.Timer

import org.apache.spark.neptune.rpc.WorkerFigures

/** Tells the driver, again and again, what the Python workers of this executor use.
 *
 * @param workers those that are connected
 * @param controller measures them
 * @param report sends figures to the driver; must not block
 */
private[neptune] final class FiguresReporter(
    workers: () => Seq[WorkerConnection], controller: ProcessController,
    report: Array[Long] => Unit) {
  private var reportedNone = true

  def every(ms: Long, timer: Timer): Unit = timer.afterMs(ms) {
    try measure() finally every(ms, timer)
  }

  private def measure(): Unit = {
    val tasks = workers().flatMap(w => w.process.map(_ -> w.taskId)).toMap
    if (tasks.nonEmpty) {
      reportedNone = false
      val ofPids = tasks.map { case (process, task) => process.pid -> task }
      controller.measure(tasks.keys.toList.sortBy(_.pid))(measured => report(WorkerFigures.encode(
        measured.map(m => WorkerFigures(
          m.pid, ofPids.get(m.pid).flatten, m.rssBytes, m.cpuMs, m.processes)))))
    } else if (!reportedNone) {
      reportedNone = true
      report(WorkerFigures.encode(Nil))
    }
  }
}
