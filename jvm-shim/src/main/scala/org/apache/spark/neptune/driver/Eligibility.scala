package org.apache.spark.neptune.driver

import scala.collection.mutable

import neptune.core.CoreLedger

import org.apache.spark.resource.ResourceProfileManager
import org.apache.spark.scheduler.{TaskSchedulerImpl, TaskSetManager, WorkerOffer}
import org.apache.spark.scheduler.neptune.TaskSets

/** On which executors a task set can't run, however many cores are free there: to suspend anybody for
 *  it there would be for nothing, and that it leaves their cores alone tells nothing about others.
 *
 * As TaskSchedulerImpl.resourceOffers (Spark 4.x) has it: executors of another resource profile, and
 * those that are excluded because tasks have failed there.
 *
 * THREADING: under the scheduler's lock.
 */
private[driver] final class Eligibility(
    scheduler: TaskSchedulerImpl, ledger: CoreLedger, profiles: () => ResourceProfileManager) {

  private final class Known(val host: String, val profileId: Int)

  private val executors = mutable.HashMap.empty[String, Known]
  /** How many executors there are of each resource profile; no zero entries. */
  private val ofProfile = mutable.HashMap.empty[Int, Int]

  def offered(offer: WorkerOffer): Unit = if (!executors.contains(offer.executorId)) {
    executors(offer.executorId) = new Known(offer.host, offer.resourceProfileId)
    count(offer.resourceProfileId, 1)
  }

  def executorLost(executorId: String): Unit =
    executors.remove(executorId).foreach(known => count(known.profileId, -1))

  /** The executors that take none of the task set's pending tasks. */
  def barredTo(manager: TaskSetManager): Set[String] = {
    val mine = manager.taskSet.resourceProfileId
    val fit = ofProfile.keysIterator.filter(profiles().canBeScheduled(mine, _)).toSet
    val exclusions = TaskSets.hasExclusions(scheduler, manager)
    // Nearly always: then ten thousand executors need not be looked at.
    if (!exclusions && fit.size == ofProfile.size) Set.empty
    else {
      ledger.pages.map(_.executorId).filter(id => executors.get(id).exists(known =>
        !fit(known.profileId) ||
          exclusions && TaskSets.isExcluded(scheduler, manager, id, known.host))).toSet
    }
  }

  private def count(profileId: Int, more: Int): Unit =
    ofProfile.updateWith(profileId)(count => Some(count.getOrElse(0) + more).filter(_ > 0))
}
