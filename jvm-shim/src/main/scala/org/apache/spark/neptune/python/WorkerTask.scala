package org.apache.spark.neptune.python

/** A task that Python workers run parts of, as its workers' connections see it.
 *
 * THREADING: safe for all callers.
 */
private[neptune] trait WorkerTask {
  def priority: Int
  def workerBegan(worker: WorkerControl): Unit
  def workerEnded(worker: WorkerControl): Unit
  def workerSuspended(worker: WorkerControl, ackedSeq: Long): Unit
  def workerResumed(worker: WorkerControl, ackedSeq: Long): Unit
}

/** The Python side of a task, as its gate sees it. Calls must not block. */
private[neptune] trait WorkerControl {
  def suspend(taskId: Long, seq: Long): Unit
  def resume(taskId: Long, seq: Long): Unit
  def cancel(taskId: Long): Unit
}
