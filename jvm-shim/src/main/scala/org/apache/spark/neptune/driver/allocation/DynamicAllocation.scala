package org.apache.spark.neptune.driver.allocation

import java.util.concurrent.TimeUnit

import scala.collection.mutable

import neptune.core.{CoreLedger, ProfileLoad, SustainedDemand, TaskEntry}
import neptune.time.{Clock, Timer}

import org.apache.spark.{ExecutorAllocationManager, SparkConf}
import org.apache.spark.internal.config.DYN_ALLOCATION_ENABLED
import org.apache.spark.neptune.compat.SparkLine
import org.apache.spark.neptune.driver.priorities.JobLimits
import org.apache.spark.neptune.driver.report.FailureLog
import org.apache.spark.resource.ResourceProfileManager
import org.apache.spark.scheduler.{LiveListenerBus, TaskSetManager}

/** Has Spark's dynamic allocation ask for executors while tasks are held up for others: Spark's own
 *  bookkeeping sees no backlog, since whoever waits gets a core at once. And has it ask for none
 *  for tasks that limits do not allow to run.
 *
 * While any task is held up it takes a look again and again.
 *
 * THREADING: `killed` and `watch` under `lock`, which is the scheduler's, as is the ledger; what
 * else is called from outside, without it.
 *
 * @param manager Spark's allocation, if it is on
 * @param profileOf the resource profile of an executor
 * @param windowMs what counts as held up for long; 0: nothing does, and Spark counts all tasks
 * @param timer its own: the allocation may be long in asking the cluster
 */
private[driver] final class DynamicAllocation(
    lock: AnyRef, manager: () => Option[ExecutorAllocationManager], ledger: CoreLedger,
    profileOf: String => Option[Int], profiles: () => ResourceProfileManager, limits: JobLimits,
    conf: SparkConf, windowMs: Long, timer: Timer, clock: Clock) {
  import DynamicAllocation._

  private val windowNs = TimeUnit.MILLISECONDS.toNanos(windowMs)
  private val everyNs = math.max(windowNs / 100, math.min(windowNs / 10, mostOftenNs))
  private val killed = new KilledTasks
  private val demands = mutable.HashMap.empty[Int, SustainedDemand]
  private val nanocoresOfTask = mutable.HashMap.empty[Int, Long]
  private var isWatching = false
  // Used by the timer's thread alone.
  private val failures = new FailureLog
  private lazy val backlog = manager().map(new AllocationBacklog(_))
  private val limited = new LimitedBacklog(
    limits, SparkLine.taskNanocores(_, profiles(), conf),
    tasks => backlog.foreach(_.leaveOut(tasks)))

  /** To be called before Spark's allocation starts, which is in the SparkContext's constructor. */
  def listenBefore(bus: LiveListenerBus): Unit = if (isToBeOn) limited.listenBefore(bus)

  /** To be called once it has started. */
  def listenAfter(bus: LiveListenerBus): Unit = if (isToBeOn) limited.listenAfter(bus)

  /** Limits have changed for what runs. Whoever says so does not wait. */
  def limitsChanged(): Unit = if (isOn) timer.afterNs(0L)(limited.limitsChanged())

  /** A task was killed, and is to run again if its job goes on. */
  def killed(taskId: Long, set: TaskSetManager): Unit = if (isOn) {
    killed.killed(taskId, set)
    watch()
  }

  /** To be called once a task is suspended. */
  def watch(): Unit = if (!isWatching && isOn) {
    isWatching = true
    lookLater()
  }

  def stop(): Unit = timer.stop()

  private def isToBeOn: Boolean = windowMs > 0 && conf.get(DYN_ALLOCATION_ENABLED)

  private def isOn: Boolean = windowMs > 0 && manager().isDefined

  private def lookLater(): Unit = timer.afterNs(everyNs)(look())

  private def look(): Unit = {
    val (found, goOn) = lock.synchronized {
      // Also after a failure: else a task that is held up would have it look no more.
      failures.guarded("counting who is held up", (Map.empty[Int, Int], true)) {
        val found = backlogs(clock.nanoTime())
        isWatching = ledger.suspendedTasks.exists(isHeldUp) || demands.nonEmpty || !killed.isEmpty
        (found, isWatching)
      }
    }
    failures.guard("telling dynamic allocation of a backlog")(backlog.foreach(_.tell(found)))
    if (goOn) lookLater()
  }

  private def backlogs(nowNs: Long): Map[Int, Int] = {
    val loads = loadsByProfile()
    val found = (loads.keySet ++ demands.keySet).iterator.flatMap { profile =>
      val load = loads.getOrElse(profile, nothing)
      demands.getOrElseUpdate(profile, new SustainedDemand(windowNs)).look(nowNs, load)
        .map(profile -> _)
    }.toMap
    demands --= demands.iterator.collect { case (profile, demand) if demand.isQuiet => profile }
      .toList
    found
  }

  /** Of executors that are to end nothing is told: neither their cores nor their tasks count. */
  private def loadsByProfile(): Map[Int, ProfileLoad] = {
    val loads = mutable.HashMap.empty[Int, ProfileLoad]
    for (page <- ledger.pages; profile <- profileOf(page.executorId)) {
      val before = loads.getOrElse(profile, nothing)
      val suspended = if (page.suspended == 0) Nil else page.tasks.filterNot(_.holdsCore).toList
      // One that a limit holds is not to have a core, however many there are.
      val limited = suspended.count(_.task.rank.isHeld)
      loads(profile) = before.copy(
        live = before.live + page.load + page.suspended - limited,
        suspended = before.suspended + suspended.count(isHeldUp),
        slots = before.slots + (page.totalNanocores / nanocoresPerTask(profile)).toInt)
    }
    for ((profile, waiting) <- killed.waiting()) {
      loads(profile) = loads.getOrElse(profile, nothing).copy(killed = waiting)
    }
    loads.toMap
  }

  private def nanocoresPerTask(profile: Int): Long =
    nanocoresOfTask.getOrElseUpdate(profile, SparkLine.taskNanocores(profile, profiles(), conf))
}

private object DynamicAllocation {
  private def isHeldUp(entry: TaskEntry): Boolean =
    !entry.holdsCore && !entry.isManual && !entry.task.rank.isHeld

  /** As often as Spark's allocation itself does. */
  private val mostOftenNs: Long = TimeUnit.MILLISECONDS.toNanos(100)
  private val nothing = ProfileLoad(live = 0, suspended = 0, killed = 0, slots = 0)
}
