package org.apache.spark.neptune.driver.preemption

import neptune.core.{CoreLedger, Decision, PendingTasks, Rank, Snapshot, TaskEntry}

import org.apache.spark.neptune.driver.executors.ExecutorViews

/** Has victims preempted for suspended tasks that come before running ones since ranks have
 *  changed. Otherwise a task that has lent its core comes after the one that has it.
 *
 * THREADING: under the scheduler's lock.
 *
 * @param decide asks the policy
 */
private[driver] final class Reordering(
    ledger: CoreLedger, decide: Snapshot => Decision, preemptor: Preemptor, views: ExecutorViews) {

  /** Each on its own executor: it can go on nowhere else. */
  def preempt(nowNs: Long): Unit = if (preemptor.preempts) {
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
      val count = math.ceil(lacking.toDouble / nanocores.max).toInt
      val pending = PendingTasks(
        entries.head.task.stageId, count, nanocores.max, Nil, Set.empty, together = false)
      val executors = views.of(Seq(executorId), rank, nowNs)
      decide(Snapshot(rank.level, executors, IndexedSeq(pending), rank))
        .victims.foreach(victim => preemptor.preempt(victim.taskId, rank.level))
    }
  }
}
