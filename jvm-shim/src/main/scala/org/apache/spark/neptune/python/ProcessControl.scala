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

/** Makes workers and threads nicer, from outside. Calls must not block, nor run the blocks
 *  themselves. */
private[neptune] trait NicenessControl {
  /** Finds out whether the operating system lets threads be made nicer, and that be taken back. */
  def mayNice(andThen: Boolean => Unit): Unit

  /** Makes a worker nicer by so much.
   *
   * @return whether it was asked for; not, when too much else is still to be done
   */
  def nice(worker: WorkerProcess, by: Int): Boolean

  /** The same for a thread of this process. */
  def niceThread(threadId: Long, by: Int): Boolean

  /** Takes it back from threads that were started by a thread that is nicer by so much. */
  def takeBackInherited(by: Int): Unit
}
