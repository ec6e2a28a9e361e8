package org.apache.spark.neptune.driver.allocation

import org.apache.spark.ExecutorAllocationManager
import org.apache.spark.internal.Logging
import org.apache.spark.scheduler.{
  SparkListenerStageCompleted, SparkListenerStageSubmitted, StageInfo}

/** Tells Spark's allocation of executors of a backlog that it does not see, and of tasks that it
 *  takes for one, and that no executor is of use to.
 *
 * It is told to its listener, and to nobody else, as that of stages: then the allocation itself
 * does what it does for any backlog, by its own settings. It waits for
 * spark.dynamicAllocation.schedulerBacklogTimeout, asks for more and more executors up to what is
 * needed and allowed, and calls off what is not needed any more.
 *
 * A backlog of no task is one, too: of live tasks, which are counted already, there are more than
 * the executors have cores for. A pending task is what tells of it, and a negative number of them
 * takes that one out of the count (getPendingTaskSum, Spark 3.5 to 4.3).
 *
 * THREADING: safe for all callers, who must not have the scheduler's lock: the allocation asks the
 * scheduler under its own.
 */
private[driver] final class AllocationBacklog(manager: ExecutorAllocationManager) extends Logging {
  /** The tasks that it has been told of, by resource profile. */
  private var told = Map.empty[Int, Int]
  /** The tasks that it does not count, by resource profile. */
  private var leftOut = Map.empty[Int, Int]

  /** @param backlog the tasks that wait, or should be expected, by resource profile; of a profile
   *                 that is missing there is no backlog */
  def tell(backlog: Map[Int, Int]): Unit = synchronized {
    for ((profile, tasks) <- backlog if !told.get(profile).contains(tasks)) {
      if (!told.contains(profile)) {
        logInfo("Neptune: tasks have been held up for long, and are a backlog for dynamic " +
          s"allocation (resource profile $profile)")
      }
      submit(stage(profile, AllocationBacklog.waiting, tasks + 1))
      submit(stage(profile, AllocationBacklog.notCounted, -1))
    }
    for ((profile, _) <- told if !backlog.contains(profile)) {
      complete(stage(profile, AllocationBacklog.waiting, 0))
      complete(stage(profile, AllocationBacklog.notCounted, 0))
    }
    told = backlog
  }

  /** @param tasks how many of the tasks that it counts it is not to count, by resource profile. It
   *               has to count as many of them at any time: else it would lack those of others.
   */
  def leaveOut(tasks: Map[Int, Int]): Unit = synchronized {
    for ((profile, count) <- tasks if !leftOut.get(profile).contains(count)) {
      submit(stage(profile, AllocationBacklog.useless, -count))
    }
    for (profile <- leftOut.keySet -- tasks.keySet) {
      complete(stage(profile, AllocationBacklog.useless, 0))
    }
    leftOut = tasks
  }

  private def submit(stage: StageInfo): Unit =
    manager.listener.onStageSubmitted(SparkListenerStageSubmitted(stage))

  private def complete(stage: StageInfo): Unit =
    manager.listener.onStageCompleted(SparkListenerStageCompleted(stage))

  private def stage(profile: Int, attempt: Int, tasks: Int): StageInfo =
    // Spark counts its stages from 0, and its profiles, too.
    new StageInfo(
      -1 - profile, attempt, "held up", tasks, Nil, Nil, "", resourceProfileId = profile)
}

private object AllocationBacklog {
  // Attempts of the same stage.
  private val waiting = 0
  private val notCounted = 1
  private val useless = 2
}
