package org.apache.spark.scheduler.neptune

import org.apache.spark.SparkContext
import org.apache.spark.scheduler.WorkerOffer
import org.apache.spark.util.Clock

/** A TaskSchedulerImpl that fills executors in another order than a random one, by
 *  `shuffleOffers`.
 */
private[spark] abstract class OrderingScheduler(
    sc: SparkContext, maxTaskFailures: Int, isLocal: Boolean, clock: Clock)
  extends AdmittingScheduler(sc, maxTaskFailures, isLocal, clock) {

  /** The order of a round's offers, if it is not to be Spark's own; under this scheduler's lock. */
  protected def ordered(offers: IndexedSeq[WorkerOffer]): Option[IndexedSeq[WorkerOffer]]

  override protected def shuffleOffers(
      offers: IndexedSeq[WorkerOffer]): IndexedSeq[WorkerOffer] =
    ordered(offers).getOrElse(super.shuffleOffers(offers))
}
