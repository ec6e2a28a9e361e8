package org.apache.spark.neptune.driver.executors

import java.util.concurrent.TimeUnit

import neptune.core.{CoreLedger, ExecutorCores, ExecutorSnapshot, Rank, RunningTask, TaskEntry}

/** What policies see of the executors and of the tasks that run there.
 *
 * THREADING: under the scheduler's lock; views that were made stay as they are, but for their
 * tasks, which are those of the moment when they are first looked at.
 *
 * @param mayPreempt whether a task may be a victim of a level, whatever its rank
 */
private[driver] final class ExecutorViews(
    ledger: CoreLedger, agents: Agents, durations: StageDurations,
    mayPreempt: (TaskEntry, Int) => Boolean) {
  import ExecutorViews._

  /** The executors as tasks of a rank find them.
   *
   * @param nanocores what the largest of them needs. It cannot wait for smaller ones to end by
   *                  themselves: each time, another small one starts before there is room for it.
   */
  def forRank(rank: Rank, nanocores: Long, nowNs: Long): Look = {
    val incoming = ledger.incomingNanocores(rank)
    val endings = durations.mayTell(rank, nowNs)
    val executors = Array.newBuilder[ExecutorSnapshot]
    var someEndSoon = false
    ledger.pages.foreach { page =>
      val soonNanocores = if (endings) nanocoresOfEnding(page, rank, nanocores, nowNs) else 0L
      someEndSoon |= soonNanocores > 0
      val moreNanocores = incoming.getOrElse(page.executorId, 0L) + soonNanocores
      executors += view(page, rank, nanocores, nowNs, moreNanocores)
    }
    Look(executors.result().toIndexedSeq, someEndSoon)
  }

  /** Those of some executors, by id. */
  def of(executorIds: Iterable[String], rank: Rank, nowNs: Long): IndexedSeq[ExecutorSnapshot] =
    executorIds.iterator.flatMap(ledger.pageOf).map(view(_, rank, 0L, nowNs, 0L)).toIndexedSeq

  /** One as tasks of a rank find it that may use so much of it, or have to bring so much more than
   *  they need.
   *
   * @param nanocores what the largest of them needs
   */
  def having(
      page: ExecutorCores, rank: Rank, nanocores: Long, nowNs: Long, freeNanocores: Long)
      : ExecutorSnapshot =
    view(page, rank, nanocores, nowNs, freeNanocores - page.spareNanocores(rank))

  private def view(
      page: ExecutorCores, rank: Rank, nanocores: Long, nowNs: Long, moreNanocores: Long)
      : ExecutorSnapshot = {
    val agent = agents.get(page.executorId)
    new ExecutorSnapshot(
      page.executorId,
      agent.fold("")(_.host),
      page.totalNanocores,
      page.spareNanocores(rank) + moreNanocores,
      page.load,
      page.suspended,
      agent.flatMap(_.memory),
      if (page.lowestRunning < rank) Some(page.lowestRunning) else None,
      page.tasks.filter(_.holdsCore).map(running(_, rank, nanocores, nowNs)).toIndexedSeq)
  }

  /** Cores of tasks that end so soon that it is not worth while to suspend them: they count as
   *  being on their way. */
  private def nanocoresOfEnding(
      page: ExecutorCores, rank: Rank, nanocores: Long, nowNs: Long): Long = page.tasks
    .filter(entry => isBelow(entry, rank) && endsSoon(entry, nanocores, nowNs))
    .map(_.task.nanocores).sum

  private def running(
      entry: TaskEntry, rank: Rank, nanocores: Long, nowNs: Long): RunningTask = RunningTask(
    entry.task.taskId, entry.task.executorId, entry.task.nanocores, entry.task.priority,
    entry.arrival, entry.task.jobId, entry.task.stageId,
    TimeUnit.NANOSECONDS.toMillis(nowNs - entry.task.launchedNs),
    durations.leftNs(entry, nowNs).map(TimeUnit.NANOSECONDS.toMillis),
    entry.timesSuspended,
    TimeUnit.NANOSECONDS.toMillis(entry.totalSuspendedNs(nowNs)),
    entry.task.locality,
    isBelow(entry, rank) && !endsSoon(entry, nanocores, nowNs) && mayPreempt(entry, rank.level),
    agents.memoryOf(entry.task.executorId, entry.task.taskId),
    entry.suspendNs,
    entry.task.rank)

  private def isBelow(entry: TaskEntry, rank: Rank): Boolean =
    entry.task.rank < rank && entry.isRunning

  /** Whether its end leaves enough for one that needs so much. */
  private def endsSoon(entry: TaskEntry, nanocores: Long, nowNs: Long): Boolean =
    entry.task.nanocores >= nanocores && durations.leftNs(entry, nowNs).exists(_ < paysNs)
}

private[driver] object ExecutorViews {
  /** A task that ends sooner is not suspended: that takes about a millisecond to and fro, and a
   *  round of offers. */
  val paysNs: Long = TimeUnit.MILLISECONDS.toNanos(5)

  /** @param someEndSoon whether cores are counted as free of tasks that should end by themselves */
  final case class Look(executors: IndexedSeq[ExecutorSnapshot], someEndSoon: Boolean)
}
