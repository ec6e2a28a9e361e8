package org.apache.spark.neptune.driver.executors

import java.util.concurrent.TimeUnit

import neptune.core.{CoreLedger, ExecutorCores, ExecutorSnapshot, RunningTask, TaskEntry}

/** What policies see of the executors and of the tasks that run there.
 *
 * THREADING: under the scheduler's lock; views that were made stay as they are, but for their
 * tasks, which are those of the moment when they are first looked at.
 *
 * @param mayPreempt whether a task may be a victim, whatever its priority
 */
private[driver] final class ExecutorViews(
    ledger: CoreLedger, agents: Agents, durations: StageDurations,
    mayPreempt: TaskEntry => Boolean) {
  import ExecutorViews._

  /** The executors as tasks of a priority find them. */
  def forPriority(priority: Int, nowNs: Long): Look = {
    val incoming = ledger.incomingNanocores(priority)
    val endings = durations.mayTell(priority, nowNs)
    val executors = Array.newBuilder[ExecutorSnapshot]
    var someEndSoon = false
    ledger.pages.foreach { page =>
      val soonNanocores = if (endings) nanocoresOfEnding(page, priority, nowNs) else 0L
      someEndSoon |= soonNanocores > 0
      val moreNanocores = incoming.getOrElse(page.executorId, 0L) + soonNanocores
      executors += view(page, priority, nowNs, moreNanocores)
    }
    Look(executors.result().toIndexedSeq, someEndSoon)
  }

  /** Those of some executors, by id. */
  def of(executorIds: Iterable[String], priority: Int, nowNs: Long): IndexedSeq[ExecutorSnapshot] =
    executorIds.iterator.flatMap(ledger.pageOf).map(view(_, priority, nowNs, 0L)).toIndexedSeq

  private def view(
      page: ExecutorCores, priority: Int, nowNs: Long, moreNanocores: Long): ExecutorSnapshot = {
    val agent = agents.get(page.executorId)
    new ExecutorSnapshot(
      page.executorId,
      agent.fold("")(_.host),
      page.totalNanocores,
      page.spareNanocores(priority) + moreNanocores,
      page.load,
      page.suspended,
      agent.flatMap(_.memory),
      if (page.lowestRunning < priority) Some(page.lowestRunning) else None,
      page.tasks.filter(_.holdsCore).map(running(_, priority, nowNs)).toIndexedSeq)
  }

  /** Cores of tasks that end so soon that it is not worth while to suspend them: they count as
   *  being on their way. */
  private def nanocoresOfEnding(page: ExecutorCores, priority: Int, nowNs: Long): Long = page.tasks
    .filter(entry => isBelow(entry, priority) && endsSoon(entry, nowNs)).map(_.task.nanocores).sum

  private def running(entry: TaskEntry, priority: Int, nowNs: Long): RunningTask = RunningTask(
    entry.task.taskId, entry.task.executorId, entry.task.nanocores, entry.task.priority,
    entry.arrival, entry.task.jobId, entry.task.stageId,
    TimeUnit.NANOSECONDS.toMillis(nowNs - entry.task.launchedNs),
    durations.leftNs(entry, nowNs).map(TimeUnit.NANOSECONDS.toMillis),
    entry.timesSuspended,
    TimeUnit.NANOSECONDS.toMillis(entry.totalSuspendedNs(nowNs)),
    entry.task.locality,
    isBelow(entry, priority) && !endsSoon(entry, nowNs) && mayPreempt(entry),
    agents.memoryOf(entry.task.executorId, entry.task.taskId),
    entry.suspendNs)

  private def isBelow(entry: TaskEntry, priority: Int): Boolean =
    entry.task.priority < priority && entry.isRunning

  private def endsSoon(entry: TaskEntry, nowNs: Long): Boolean =
    durations.leftNs(entry, nowNs).exists(_ < paysNs)
}

private[driver] object ExecutorViews {
  /** A task that ends sooner is not suspended: that takes about a millisecond to and fro, and a
   *  round of offers. */
  val paysNs: Long = TimeUnit.MILLISECONDS.toNanos(5)

  /** @param someEndSoon whether cores are counted as free of tasks that should end by themselves */
  final case class Look(executors: IndexedSeq[ExecutorSnapshot], someEndSoon: Boolean)
}
