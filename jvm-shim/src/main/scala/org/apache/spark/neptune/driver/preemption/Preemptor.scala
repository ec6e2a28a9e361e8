package org.apache.spark.neptune.driver.preemption

import java.util.concurrent.TimeUnit

import neptune.core.{CoreLedger, SuspendedFor, TaskEntry}
import neptune.time.Clock

import org.apache.spark.neptune.driver.report.Statistics
import org.apache.spark.neptune.rpc.Preempted
import org.apache.spark.scheduler.TaskSchedulerImpl

/** What is done to a victim: the mode of preemption, `spark.neptune.preemption`.
 *
 * THREADING: under the scheduler's lock.
 */
private[driver] trait Preemptor {
  /** Whether there are victims at all. */
  def preempts: Boolean = true

  /** Whether a victim goes on later from where it was. */
  def suspends: Boolean = false

  /** Whether the task may be a victim of tasks of a level. */
  def mayPreempt(entry: TaskEntry, level: Int): Boolean

  /** @param level that of the tasks which are to have its core */
  def preempt(taskId: Long, level: Int): Unit

  /** Gives up on victims that are too long in giving their cores.
   *
   * @return in how many nanoseconds to look again, if there is need to
   */
  def giveUpOnLate(): Option[Long] = None
}

private[driver] object Preemptor {
  /** @param mode one of those that `spark.neptune.preemption` accepts */
  def of(
      mode: String, scheduler: TaskSchedulerImpl, ledger: CoreLedger, suspension: Suspension,
      statistics: Statistics, clock: Clock): Preemptor = mode match {
    case "suspend" => new PreemptBySuspension(suspension)
    case "none" => NoPreemption
    case "kill" => new PreemptByKill(
      ledger, statistics,
      // No interruption: a task that is interrupted while it waits for a Python worker takes the
      // daemon for dead, with all its workers (PythonWorkerFactory.createThroughDaemon, Spark 4.x).
      scheduler.killTaskAttempt(_, interruptThread = false, Preempted.reason),
      () => clock.nanoTime())
  }
}

/** Neptune's own: the victim is suspended, and goes on later from where it was. */
private[driver] final class PreemptBySuspension(suspension: Suspension) extends Preemptor {
  override def suspends: Boolean = true
  override def mayPreempt(entry: TaskEntry, level: Int): Boolean =
    suspension.mayPreempt(entry, level)
  override def preempt(taskId: Long, level: Int): Unit = suspension.preempt(taskId, level)
}

/** The KILL baseline of the paper: the victim is killed and runs again from its beginning. Spark
 *  does not count that as a failure (TaskKilled.countTowardsTaskFailures, Spark 4.x).
 *
 * The ledger books a victim as being on its way to suspension, which its end completes.
 *
 * @param kill kills a task
 */
private[driver] final class PreemptByKill(
    ledger: CoreLedger, statistics: Statistics, kill: Long => Unit, nowNs: () => Long)
  extends Preemptor {
  override def mayPreempt(entry: TaskEntry, level: Int): Boolean = entry.task.suspendable
  override def preempt(taskId: Long, level: Int): Unit =
    for (entry <- ledger.get(taskId);
        _ <- ledger.requestSuspend(taskId, SuspendedFor.Higher, nowNs())) {
      // By a clock that nobody sets: Spark's launch time is of another.
      statistics.killed(TimeUnit.NANOSECONDS.toMillis(nowNs() - entry.task.launchedNs))
      kill(taskId)
    }

  /** Some tasks don't heed that they were killed. */
  override def giveUpOnLate(): Option[Long] = {
    ledger.lateSince(nowNs() - PreemptByKill.limitNs)
    if (ledger.hasSuspending) Some(PreemptByKill.limitNs) else None
  }
}

private object PreemptByKill {
  /** As long as an executor may take to answer a request to suspend. */
  private val limitNs: Long = TimeUnit.SECONDS.toNanos(1)
}

/** Priorities order what starts; what runs is left alone. */
private[driver] object NoPreemption extends Preemptor {
  override def preempts: Boolean = false
  override def mayPreempt(entry: TaskEntry, level: Int): Boolean = false
  override def preempt(taskId: Long, level: Int): Unit = ()
}
