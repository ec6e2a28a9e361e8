package org.apache.spark.neptune.driver.preemption

import neptune.core.TaskEntry

import org.apache.spark.neptune.driver.sharing.LimitKeeper

/** Suspends tasks that a limit holds, where victims are suspended at all: to kill them would be to
 *  lose their work for nobody.
 *
 * THREADING: under the scheduler's lock.
 */
private[driver] final class HeldTasks(
    preemptor: Preemptor, suspension: Suspension, holders: ResourceHolders)
  extends LimitKeeper {

  override def holds: Boolean = preemptor.suspends

  override def maySuspend(entry: TaskEntry, level: Int): Boolean =
    !holders.isWanted(entry.task.taskId) && preemptor.mayPreempt(entry, level)

  override def hold(taskId: Long): Unit = suspension.hold(taskId)
  override def letGo(taskId: Long): Unit = suspension.letGo(taskId)
}
