package org.apache.spark.scheduler.neptune

import org.apache.spark.scheduler.{
  ExecutorCacheTaskLocation, TaskInfo, TaskSchedulerImpl, TaskSetManager}

/** What we must know of TaskSetManagers (Spark 4.x) that only Spark's scheduler package may see. */
object TaskSets {
  /** The task set of a live task. */
  def managerOf(scheduler: TaskSchedulerImpl, taskId: Long): TaskSetManager =
    scheduler.taskIdToTaskSetManager.get(taskId)

  /** The task set and launch record of a live task. */
  def find(scheduler: TaskSchedulerImpl, taskId: Long): Option[(TaskSetManager, TaskInfo)] =
    Option(managerOf(scheduler, taskId))
      .flatMap(manager => manager.taskInfos.get(taskId).map(manager -> _))

  def isBarrier(manager: TaskSetManager): Boolean = manager.isBarrier

  /** The first `limit` tasks that are neither running nor done, with the executors they prefer.
   *
   * @param aliveOn the live executors of a host
   *
   * `copiesRunning` and `successful` are what TaskSetManager itself consults before it launches a
   * task; its `pendingTasks` lists are cleaned lazily and would count too many.
   */
  def pending(
      manager: TaskSetManager, limit: Int, aliveOn: String => Set[String]): Seq[Set[String]] =
    if (manager.isZombie || manager.tasksSuccessful == manager.numTasks) Nil
    else {
      manager.tasks.indices.iterator
        .filter(i => manager.copiesRunning(i) == 0 && !manager.successful(i))
        .take(limit)
        .map(i => preferredExecutors(manager, i, aliveOn))
        .toSeq
    }

  private def preferredExecutors(
      manager: TaskSetManager, index: Int, aliveOn: String => Set[String]): Set[String] =
    manager.tasks(index).preferredLocations.iterator.flatMap {
      case cached: ExecutorCacheTaskLocation => Set(cached.executorId)
      case onHost => aliveOn(onHost.host)
    }.toSet
}
