package org.apache.spark.neptune.driver.scheduler

import neptune.core.Rank
import neptune.time.Clock

import org.apache.spark.neptune.driver.executors.ExecutorViews
import org.apache.spark.neptune.driver.policies.PolicyHost
import org.apache.spark.neptune.driver.priorities.PriorityPool
import org.apache.spark.neptune.driver.report.FailureLog
import org.apache.spark.scheduler.{TaskSetManager, WorkerOffer}
import org.apache.spark.scheduler.neptune.TaskSets

/** In which order executors are offered where tasks of several priorities meet: the policy's, the
 *  least loaded first, say. Else it is Spark's own, which is random.
 *
 * THREADING: under the scheduler's lock.
 *
 * @param contested those of task sets for which somebody could be suspended
 */
private[scheduler] final class OfferOrder(
    views: ExecutorViews, policies: PolicyHost,
    contested: Seq[TaskSetManager] => Seq[TaskSetManager], failures: FailureLog, clock: Clock) {
  /** The priority for whose tasks the policy orders the offers of this round, if it does. */
  private var orderedFor = Option.empty[Int]

  /** Has Spark's round offer in the policy's order, if lower tasks run beside these task sets. */
  def during[T](offers: Seq[WorkerOffer], managers: Seq[TaskSetManager])(round: => T): T = {
    if (offers.size > 1) {
      orderedFor = contested(managers).filter(TaskSets.hasPending)
        .map(PriorityPool.priorityOf).reduceOption(_ max _)
    }
    try round finally orderedFor = None
  }

  /** The offers in the policy's order, while that counts. */
  def apply(offers: IndexedSeq[WorkerOffer]): Option[IndexedSeq[WorkerOffer]] =
    orderedFor.flatMap { priority =>
      failures.guarded("ordering offers", Option.empty[IndexedSeq[WorkerOffer]]) {
        val ids = offers.map(_.executorId)
        val executors = views.of(ids, Rank.within(priority), clock.nanoTime())
        val ranks = policies.offerOrder(executors).iterator.zipWithIndex.toMap
        Some(offers.sortBy(o => ranks.getOrElse(o.executorId, Int.MaxValue)))
      }
    }
}
