package org.apache.spark.neptune.driver.preemption

import neptune.core.{CoreLedger, Rank, TaskEntry}

import org.apache.spark.neptune.driver.executors.ExecutorViews

/** Has victims preempted for suspended tasks that come before running ones since ranks have
 *  changed. Otherwise a task that has lent its core comes after the one that has it.
 *
 * THREADING: under the scheduler's lock.
 */
private[driver] final class Reordering(
    ledger: CoreLedger, preemption: ExecutorPreemption, views: ExecutorViews) {

  /** Each on its own executor: it can go on nowhere else. */
  def preempt(nowNs: Long): Unit = if (preemption.preempts) {
    val outOfOrder = ledger.outOfOrder
    if (outOfOrder.nonEmpty) {
      outOfOrder.groupBy(entry => (entry.task.executorId, entry.task.rank)).toSeq
        .sortBy { case ((_, rank), _) => rank }(Rank.descending)
        .foreach { case ((executorId, rank), entries) =>
          preemptFor(executorId, rank, entries, nowNs)
        }
    }
  }

  private def preemptFor(
      executorId: String, rank: Rank, entries: Seq[TaskEntry], nowNs: Long): Unit = {
    val nanocores = entries.map(_.task.nanocores)
    val coming = math.max(0L, ledger.idleNanocores(executorId)) +
      ledger.incomingNanocores(executorId, rank)
    val lacking = nanocores.sum - coming
    if (lacking > 0 && ledger.pageOf(executorId).exists(_.lowestRunning < rank)) {
      preemption.preempt(
        views.of(Seq(executorId), rank, nowNs), rank, entries.head.task.stageId, lacking,
        nanocores.max)
    }
  }
}
