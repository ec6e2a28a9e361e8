package org.apache.spark.neptune.driver.preemption

import scala.collection.mutable

import neptune.core.{CoreLedger, Rank, TaskEntry}

import org.apache.spark.neptune.driver.executors.ExecutorViews

/** Has victims preempted for suspended tasks that come before running ones since ranks have
 *  changed. Otherwise a task that has lent its core comes after the one that has it.
 *
 * THREADING: under the scheduler's lock.
 *
 * @param rankAnew gives tasks their ranks by what has been launched and resumed by now; tells
 *                 whether any may have changed
 */
private[driver] final class Reordering(
    ledger: CoreLedger, preemption: ExecutorPreemption, views: ExecutorViews,
    rankAnew: () => Boolean) {

  /** Each on its own executor: it can go on nowhere else. */
  def preempt(nowNs: Long): Unit = if (preemption.preempts) {
    val found = ledger.outOfOrder
    if (found.nonEmpty) {
      // Since the round began, a party may have got elsewhere what was due to it, and it is for
      // another one that somebody has to yield.
      preemptFor(if (rankAnew()) ledger.outOfOrder else found, nowNs)
    }
  }

  private def preemptFor(outOfOrder: Seq[TaskEntry], nowNs: Long): Unit = {
    val ahead = mutable.HashMap.empty[String, Long].withDefaultValue(0L)
    outOfOrder.groupBy(entry => (entry.task.executorId, entry.task.rank)).toSeq
      .sortBy { case ((_, rank), _) => rank }(Rank.descending)
      .foreach { case ((executorId, rank), entries) =>
        preemptFor(executorId, rank, entries, ahead(executorId), nowNs)
        ahead(executorId) += entries.map(_.task.nanocores).sum
      }
  }

  /** @param aheadNanocores what those of higher ranks are to have back there */
  private def preemptFor(
      executorId: String, rank: Rank, entries: Seq[TaskEntry], aheadNanocores: Long,
      nowNs: Long): Unit =
    ledger.pageOf(executorId).filter(_.lowestRunning < rank).foreach { page =>
      val nanocores = entries.map(_.task.nanocores)
      // Less than none after a rescue: victims have to make up for that first.
      val free =
        page.idleNanocores + ledger.incomingNanocores(executorId, rank) - aheadNanocores
      if (nanocores.sum > free) {
        preemption.preempt(
          IndexedSeq(views.having(page, rank, nanocores.max, nowNs, free)), rank,
          entries.head.task.stageId, nanocores.sum, nanocores.max)
      }
    }
}
