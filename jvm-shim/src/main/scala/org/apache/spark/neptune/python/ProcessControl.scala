package org.apache.spark.neptune.python

/** Has workers stand still, from outside. Calls must not block, nor run the blocks themselves. */
private[neptune] trait ProcessControl {
  /** Has a worker's processes stand still until `continue`: they are stopped as soon as they use a
   *  processor, though not before the grace is over.
   *
   * @param andThen run when they use none, or have been stopped
   */
  def hold(worker: WorkerProcess, graceMs: Long)(andThen: => Unit): Unit

  /** Has a worker's processes go on.
   *
   * @param andThen run when those that were stopped have been continued
   */
  def continue(worker: WorkerProcess)(andThen: => Unit): Unit
}
