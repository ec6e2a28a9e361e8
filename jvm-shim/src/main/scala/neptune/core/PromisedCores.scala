package neptune.core

import neptune.life.TaskState

/** Cores of tasks that have just been asked to suspend, and which others may have in the same
 *  round: what is launched on one waits on the executor until that task has stopped. Part of
 *  [[CoreLedger]].
 */
private[core] trait PromisedCores {
  private[core] def suspending: SuspendingTasks
  def get(taskId: Long): Option[TaskEntry]

  /** Others may have the task's core from now on, if it has been asked to suspend, and not by a
   *  user.
   *
   * @return whether it has
   */
  def promise(taskId: Long): Boolean = get(taskId)
    .filter(e => e.state == TaskState.Suspending && !e.manual && !e.promised)
    .exists { entry =>
      entry.promised = true
      suspending.remove(taskId)
      entry.page.promise(entry.task)
      true
    }

  /** Not so any more: it comes free when the task has stopped, for whoever has been launched on it,
   *  or else for others. */
  def withdraw(taskId: Long): Unit = get(taskId).filter(breakPromise).foreach(suspending.add)

  /** @return whether there was one */
  private[core] def breakPromise(entry: TaskEntry): Boolean = {
    val was = entry.promised
    if (was) entry.page.withdraw(entry.task)
    entry.promised = false
    was
  }
}
