package org.apache.spark.neptune.driver.preemption

import neptune.core.{CoreLedger, Decision, PendingTasks, Snapshot, TaskEntry}

import org.apache.spark.neptune.driver.executors.ExecutorViews

/** Has victims preempted for suspended tasks that come before running ones since priorities have
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
    ledger.outOfOrder.groupBy(entry => (entry.task.executorId, entry.task.priority)).toSeq
      .sortBy { case ((_, priority), _) => -priority.toLong }
      .foreach { case ((executorId, priority), entries) =>
        preemptFor(executorId, priority, entries, nowNs)
      }
  }

  private def preemptFor(
      executorId: String, priority: Int, entries: Seq[TaskEntry], nowNs: Long): Unit = {
    val nanocores = entries.map(_.task.nanocores)
    val coming = math.max(0L, ledger.idleNanocores(executorId)) +
      ledger.incomingNanocores(priority).getOrElse(executorId, 0L)
    val lacking = nanocores.sum - coming
    if (lacking > 0 && ledger.pageOf(executorId).exists(_.lowestRunning < priority)) {
      val count = math.ceil(lacking.toDouble / nanocores.max).toInt
      val pending = PendingTasks(
        entries.head.task.stageId, count, nanocores.max, Nil, Set.empty, together = false)
      val executors = views.of(Seq(executorId), priority, nowNs)
      decide(Snapshot(priority, executors, IndexedSeq(pending)))
        .victims.foreach(victim => preemptor.preempt(victim.taskId))
    }
  }
}
