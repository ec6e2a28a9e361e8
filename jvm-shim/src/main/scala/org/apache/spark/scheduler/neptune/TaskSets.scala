package org.apache.spark.scheduler.neptune

import scala.collection.mutable

import org.apache.spark.scheduler.{
  ExecutorCacheTaskLocation, TaskInfo, TaskLocation, TaskSchedulerImpl, TaskSetManager}

/** What we must know of TaskSetManagers (Spark 4.x) that only Spark's scheduler package may see. */
object TaskSets {
  /** The task set of a live task. */
  def managerOf(scheduler: TaskSchedulerImpl, taskId: Long): TaskSetManager =
    scheduler.taskIdToTaskSetManager.get(taskId)

  /** The task set and launch record of a live task. */
  def find(scheduler: TaskSchedulerImpl, taskId: Long): Option[(TaskSetManager, TaskInfo)] =
    Option(managerOf(scheduler, taskId))
      .flatMap(manager => manager.taskInfos.get(taskId).map(manager -> _))

  /** Whether it needs Python workers, as far as that can be seen. */
  def usesPython(manager: TaskSetManager): Boolean = manager match {
    case selective: SelectiveTaskSet => selective.usesPython
    case _ => true
  }

  /** Whether it is of a real-time query, whose tasks mostly wait for input. */
  def isRealTime(manager: TaskSetManager): Boolean = manager match {
    case selective: SelectiveTaskSet => selective.isRealTime
    case _ => false
  }

  /** Whether it runs beside others of its job, on what these are just writing. */
  def isPipelined(manager: TaskSetManager): Boolean = PipelinedStages.isPipelined(manager.taskSet)

  /** How many tasks all pipelined stages of its job have. */
  def groupSize(manager: TaskSetManager): Int = manager match {
    case selective: SelectiveTaskSet => selective.groupSize
    case _ => 0
  }

  /** Its group of pipelined stages has cores for all its tasks, which need not wait for one another
   *  from now on. */
  def startGroup(manager: TaskSetManager): Unit = manager match {
    case selective: SelectiveTaskSet => selective.isGroupComplete = true
    case _ => ()
  }

  /** Whether its group has had cores for all its tasks. */
  def hasGroupStarted(manager: TaskSetManager): Boolean = manager match {
    case selective: SelectiveTaskSet => selective.isGroupComplete
    case _ => true
  }

  /** What keeps it from launching. */
  def capOf(manager: TaskSetManager): LaunchCap = manager match {
    case selective: SelectiveTaskSet => selective.cap
    case _ => LaunchCap.Unlimited
  }

  def cap(manager: TaskSetManager, cap: LaunchCap): Unit = manager match {
    case selective: SelectiveTaskSet => selective.cap = cap
    case _ => ()
  }

  /** It launches on cores that others have yet to give up, or no more. */
  def launchesForOthers(manager: TaskSetManager, how: Option[LaunchesForOthers]): Unit =
    manager match {
      case selective: SelectiveTaskSet => selective.forOthers = how
      case _ => ()
    }

  /** Its FAIR pool with its weight and minimum of cores; the root pool if there are no pools. */
  def poolOf(manager: TaskSetManager): FairPool =
    FairPool(manager.parent.name, manager.parent.weight, manager.parent.minShare)

  /** The live tasks of the set. */
  def runningTasks(manager: TaskSetManager): Seq[Long] = manager.runningTasksSet.toList

  /** How many of its tasks have been launched and have not ended; suspended ones, too. */
  def countRunning(manager: TaskSetManager): Int = manager.runningTasksSet.size

  def isBarrier(manager: TaskSetManager): Boolean = manager.isBarrier

  /** How many tasks are not done, whether they run or not; none if nobody needs them any more. */
  def countUnfinished(manager: TaskSetManager): Int =
    if (manager.isZombie) 0 else math.max(0, manager.numTasks - manager.tasksSuccessful)

  /** Whether any task is neither running nor done. */
  def hasPending(manager: TaskSetManager): Boolean = countPending(manager) > 0

  /** How many tasks are neither running nor done. */
  def countPending(manager: TaskSetManager): Int = manager match {
    case over if over.isZombie => 0
    // These start together, and are launched elsewhere.
    case selective: SelectiveTaskSet if !selective.isBarrier => selective.countPending
    case other => indicesOfPending(other).size
  }

  /** How many running tasks wait for a second copy, which is expected to end before them; counted
   *  as TaskSetManager.dequeueTaskFromList launches them (Spark 3.5 to 4.3).
   */
  def countCopies(manager: TaskSetManager): Int =
    if (manager.isZombie || manager.speculatableTasks.isEmpty) 0
    else {
      manager.speculatableTasks.count(index =>
        !manager.successful(index) && manager.copiesRunning(index) == 1)
    }

  /** The first `limit` tasks that are neither running nor done, by where they prefer to run.
   *
   * `copiesRunning` and `successful` are what TaskSetManager itself consults before it launches a
   * task; its `pendingTasks` lists are cleaned lazily and would count too many.
   */
  def pending(manager: TaskSetManager, limit: Int): Seq[(Seq[TaskLocation], Int)] =
    if (!hasPending(manager)) Nil
    else {
      val counts = mutable.LinkedHashMap.empty[Seq[TaskLocation], Int]
      // No further than the last one: those before it, which may be many, have been launched.
      indicesOfPending(manager).take(math.min(limit, countPending(manager))).foreach { i =>
        val locations = manager.tasks(i).preferredLocations
        counts(locations) = counts.getOrElse(locations, 0) + 1
      }
      counts.toList
    }

  /** Whether a task that was killed is the last one of its partition, which is to be run yet. */
  def isToRunAgain(manager: TaskSetManager, taskId: Long): Boolean =
    !manager.isZombie && manager.taskInfos.get(taskId).exists { info =>
      !manager.successful(info.index) &&
        manager.taskAttempts(info.index).headOption.exists(_.taskId == taskId)
    }

  /** Whether it is so, and has ended: the partition waits for a core. */
  def isWaitingAgain(manager: TaskSetManager, taskId: Long): Boolean =
    isToRunAgain(manager, taskId) && manager.copiesRunning(manager.taskInfos(taskId).index) == 0

  /** Whether failures of tasks bar any executor to any task of this set. */
  def hasExclusions(scheduler: TaskSchedulerImpl, manager: TaskSetManager): Boolean =
    scheduler.healthTrackerOpt.exists(health =>
      health.executorIdToExcludedStatus.nonEmpty || health.nodeIdToExcludedExpiryTime.nonEmpty) ||
      manager.taskSetExcludelistHelperOpt.exists(_.execToFailures.nonEmpty)

  /** Whether an executor takes none of the pending tasks, because tasks have failed there. */
  def isExcluded(
      scheduler: TaskSchedulerImpl, manager: TaskSetManager, executorId: String, host: String)
      : Boolean =
    scheduler.healthTrackerOpt.exists(health =>
      health.isNodeExcluded(host) || health.isExecutorExcluded(executorId)) ||
      manager.taskSetExcludelistHelperOpt.exists { excluded =>
        excluded.isNodeExcludedForTaskSet(host) ||
          excluded.isExecutorExcludedForTaskSet(executorId) ||
          indicesOfPending(manager).forall(index =>
            excluded.isNodeExcludedForTask(host, index) ||
              excluded.isExecutorExcludedForTask(executorId, index))
      }

  /** From the end, where there are some as long as there are any: Spark launches from the start. */
  private def indicesOfPending(manager: TaskSetManager): Iterator[Int] =
    manager.tasks.indices.reverseIterator
      .filter(i => manager.copiesRunning(i) == 0 && !manager.successful(i))

  /** The executors where a task prefers to run: those that cache its blocks, those on the right
   *  host, those in the right rack; levels without any are left out.
   *
   *  @param hostsOf the hosts of a rack
   */
  def preferredExecutors(
      scheduler: TaskSchedulerImpl,
      hostsOf: String => Iterable[String],
      locations: Seq[TaskLocation]): Seq[Set[String]] =
    if (locations.isEmpty) Nil
    else {
      val process = locations.collect { case cached: ExecutorCacheTaskLocation =>
        cached.executorId
      }.toSet
      val hosts = locations.map(_.host).distinct
      val node = hosts.flatMap(aliveOn(scheduler, _)).toSet -- process
      val racks = hosts.flatMap(scheduler.getRackForHost(_)).toSet
      val rack = racks.flatMap(hostsOf).flatMap(aliveOn(scheduler, _)) -- process -- node
      Seq(process, node, rack).filter(_.nonEmpty)
    }

  private def aliveOn(scheduler: TaskSchedulerImpl, host: String): Set[String] =
    scheduler.getExecutorsAliveOnHost(host).fold(Set.empty[String])(_.toSet)
}
