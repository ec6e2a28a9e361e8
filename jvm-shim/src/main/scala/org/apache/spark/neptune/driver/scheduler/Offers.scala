package org.apache.spark.neptune.driver.scheduler

import neptune.core.{CoreLedger, ExecutorCores, Rank}

import org.apache.spark.neptune.compat.SparkLine
import org.apache.spark.scheduler.WorkerOffer

/** What Spark's round is shown of a backend's offers: those with cores, and those of executors that
 *  it has yet to learn of. With the others nothing can happen there
 *  (TaskSchedulerImpl.resourceOffers, Spark 4.x), but each costs its time.
 *
 * THREADING: under the scheduler's lock.
 *
 * @param isKnown whether Spark knows an executor
 */
private[driver] final class Offers(ledger: CoreLedger, isKnown: String => Boolean) {

  /** The offers with free cores. */
  def free(offers: IndexedSeq[WorkerOffer]): IndexedSeq[WorkerOffer] =
    offers.filter(o => isWorthIt(o.executorId, SparkLine.freeNanocores(o)))

  /** The same, with the cores that this rank may use. */
  def usable(offers: IndexedSeq[WorkerOffer], rank: Rank): IndexedSeq[WorkerOffer] =
    having(offers)(_.usableNanocores(rank))

  /** The same, with cores as well that are about to come, by executor. */
  def usableWith(offers: IndexedSeq[WorkerOffer], rank: Rank)(
      coming: String => Long): IndexedSeq[WorkerOffer] =
    having(offers)(page => math.max(0L, page.spareNanocores(rank) + coming(page.executorId)))

  /** The same, with the cores that may be shared with what runs there. */
  def shareable(offers: IndexedSeq[WorkerOffer]): IndexedSeq[WorkerOffer] =
    having(offers)(_.shareableNanocores)

  private def having(offers: IndexedSeq[WorkerOffer])(
      cores: ExecutorCores => Long): IndexedSeq[WorkerOffer] =
    offers.flatMap { offer =>
      val nanocores = ledger.pageOf(offer.executorId).fold(0L)(cores)
      if (isWorthIt(offer.executorId, nanocores)) Some(SparkLine.withNanocores(offer, nanocores))
      else None
    }

  private def isWorthIt(executorId: String, nanocores: Long): Boolean =
    nanocores > 0 || !isKnown(executorId)
}
