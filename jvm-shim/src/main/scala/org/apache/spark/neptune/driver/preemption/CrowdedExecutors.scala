package org.apache.spark.neptune.driver.preemption

import neptune.core.{CoreLedger, ExecutorCores, Rank, TaskEntry}

import org.apache.spark.neptune.driver.executors.ExecutorViews

/** Has victims preempted where more tasks hold a core than there are, since one was rescued or
 *  resumed by force: nobody waits for a core there, but higher tasks have to share theirs.
 *
 * Not while somebody may still wait for what such a task holds: who waits needs no processor.
 *
 * THREADING: under the scheduler's lock.
 *
 * @param wakeWithin sees to it that there is a round in so many nanoseconds, at the latest
 */
private[driver] final class CrowdedExecutors(
    ledger: CoreLedger, preemption: ExecutorPreemption, views: ExecutorViews,
    holders: ResourceHolders, wakeWithin: Long => Unit) {

  def preempt(nowNs: Long): Unit =
    if (preemption.suspends) ledger.crowded.foreach(preemptOn(_, nowNs))

  private def preemptOn(page: ExecutorCores, nowNs: Long): Unit = {
    val holding = page.tasks.filter(_.holdsCoreAlone).toList
    val restNs = holding.iterator.map(_.longRestNs(nowNs)).max
    if (restNs > 0) wakeWithin(restNs)
    else if (!holding.exists(entry => holders.isWanted(entry.task.taskId))) {
      preemptFor(holding.minBy(_.task.rank)(Rank.descending), holding, page, nowNs)
    }
  }

  /** As if tasks like the highest waited for the cores that there are too few. */
  private def preemptFor(
      highest: TaskEntry, holding: Seq[TaskEntry], page: ExecutorCores, nowNs: Long): Unit = {
    val rank = highest.task.rank
    val lacking = -page.idleNanocores - ledger.incomingNanocores(page.executorId, Rank.none)
    if (lacking > 0 && page.lowestRunning < rank) {
      // The smallest, so that each victim counts, whether or not there are enough.
      val nanocores = holding.iterator.map(_.task.nanocores).min
      preemption.preempt(
        IndexedSeq(views.having(page, rank, nanocores, nowNs, 0L)), rank, highest.task.stageId,
        lacking, nanocores)
    }
  }
}
