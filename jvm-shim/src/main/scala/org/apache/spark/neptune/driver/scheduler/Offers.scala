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
    if (offers.forall(isWorthIt)) offers else offers.filter(isWorthIt)

  /** Whether it is one executor, as when a task has ended, where nobody has lent a core. Then tasks
   *  of any rank may have the same cores: those that the backend knows to be free. */
  def isOneWithoutLent(offers: IndexedSeq[WorkerOffer]): Boolean =
    offers.size == 1 && ledger.pageOf(offers.head.executorId).exists(_.suspended == 0)

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

  private def isWorthIt(offer: WorkerOffer): Boolean =
    isWorthIt(offer.executorId, SparkLine.freeNanocores(offer))

  private def isWorthIt(executorId: String, nanocores: Long): Boolean =
    nanocores > 0 || !isKnown(executorId)
}
