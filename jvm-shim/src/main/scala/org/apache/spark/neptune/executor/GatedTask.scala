package org.apache.spark.neptune.executor

import neptune.protocol.{Cause, MemoryRelease}

/** A task of this executor, as those see it that look after what tasks wait for.
 *
 * THREADING: safe for all callers.
 */
private[executor] trait GatedTask {
  def priority: Int

  /** Whether the driver has ever wanted the task suspended. */
  def wasAsked: Boolean

  /** Whether the driver wants the task suspended. */
  def isAsked: Boolean

  /** The thread of the task, if it stands still for the driver. */
  def suspendedThread: Option[Thread]

  /** The thread of the task, if nobody asked to suspend it. */
  def runningThread: Option[Thread]

  /** Other threads of the task that feed its Python workers or scripts, where it has such. */
  def feeders: List[Thread]

  /** Asks a suspended task, for which another waits, to release execution memory.
   *
   * @return how far it is with that
   */
  def releaseMemory(): MemoryRelease

  /** Lets a suspended task run, unasked; the driver books its core. */
  def rescue(cause: Cause): Unit
}

private[executor] object GatedTask {
  /** Whether a suspended task is not to keep a running one waiting. One of the lowest priority that
   *  there is may be held by a limit: then anybody may have its core.
   *
   * @param areShared whether tasks may be suspended for others of their own priority
   */
  def comesAfter(suspended: GatedTask, running: GatedTask, areShared: Boolean): Boolean =
    suspended.priority < running.priority ||
      (areShared || suspended.priority == Int.MinValue) && suspended.priority == running.priority
}
