package org.apache.spark.neptune.driver.executors

import scala.collection.mutable

import neptune.core.{CoreLedger, Counts}

import org.apache.spark.neptune.compat.OtherResources
import org.apache.spark.resource.{ResourceProfile, ResourceProfileManager}
import org.apache.spark.scheduler.{TaskSchedulerImpl, TaskSetManager, WorkerOffer}
import org.apache.spark.scheduler.neptune.TaskSets

/** On which executors a task set can't run, however many cores are free there: to suspend anybody
 *  for it there would be for nothing, and that it leaves their cores alone tells nothing about
 *  others.
 *
 * As TaskSchedulerImpl.resourceOffers (Spark 3.5, 4.x) has it: executors of another resource
 * profile, those that are excluded because tasks have failed there, and those that have not enough
 * left of other resources, which suspended tasks keep; and those that can't run Python tasks, if
 * these are such.
 *
 * THREADING: under the scheduler's lock.
 */
private[driver] final class Eligibility(
    scheduler: TaskSchedulerImpl, ledger: CoreLedger, agents: Agents,
    profiles: () => ResourceProfileManager) {

  private final class KnownExecutor(val host: String, val profileId: Int) {
    /** What is left of resources other than cores; Spark's rounds take from it what they give. */
    var resources: OtherResources.Type = OtherResources.none
  }

  private val executors = mutable.HashMap.empty[String, KnownExecutor]
  /** How many executors there are of each resource profile. */
  private val ofProfile = new Counts[Int]
  /** On executors of which profiles tasks of a profile can run, of those that there are. */
  private val fitFor = mutable.HashMap.empty[Int, Set[Int]]

  /** What a task of each resource profile needs beside cores. */
  private val needsOfProfile = mutable.HashMap.empty[Int, Map[String, Double]]

  def offered(offer: WorkerOffer): Unit = executors.getOrElseUpdate(offer.executorId, {
    if (ofProfile.add(offer.resourceProfileId, 1) == 1) fitFor.clear()
    new KnownExecutor(offer.host, offer.resourceProfileId)
  }).resources = offer.resources

  def executorLost(executorId: String): Unit =
    executors.remove(executorId).foreach { known =>
      if (ofProfile.add(known.profileId, -1) == 0) fitFor.clear()
    }

  def profileOf(executorId: String): Option[Int] = executors.get(executorId).map(_.profileId)

  /** The executors that take none of the task set's pending tasks. */
  def barredTo(manager: TaskSetManager): Set[String] = {
    val fit = fitProfiles(manager)
    val needs = needsOf(manager)
    val exclusions = TaskSets.hasExclusions(scheduler, manager)
    val python = agents.areSomeUnfitForPython && TaskSets.usesPython(manager)
    // Nearly always: then ten thousand executors need not be looked at.
    if (!exclusions && !python && needs.isEmpty && fit.size == ofProfile.size) Set.empty
    else {
      ledger.pages.map(_.executorId).filter(id => executors.get(id).exists(known =>
        !fit(known.profileId) || slots(known, needs) == 0 ||
          python && agents.isUnfitForPython(id) ||
          exclusions && TaskSets.isExcluded(scheduler, manager, id, known.host))).toSet
    }
  }

  /** What each task of the set needs beside cores. */
  def needsOf(manager: TaskSetManager): Map[String, Double] =
    needsOfProfile.getOrElseUpdate(manager.taskSet.resourceProfileId, {
      val profile = profiles().resourceProfileFromId(manager.taskSet.resourceProfileId)
      profile.taskResources.collect { case (name, request)
        if name != ResourceProfile.CPUS && request.amount > 0 => name -> request.amount
      }
    })

  /** How many more tasks of the set could run, had they the cores for it. */
  def slotsFor(manager: TaskSetManager): Int = {
    val (fit, needs) = (fitProfiles(manager), needsOf(manager))
    if (needs.isEmpty) Int.MaxValue
    else {
      val each = ledger.pages.flatMap(page => executors.get(page.executorId))
        .filter(known => fit(known.profileId)).map(slots(_, needs).toLong)
      math.min(Int.MaxValue.toLong, each.sum).toInt
    }
  }

  /** Whether tasks of the set may run on executors of this one's kind. */
  def isOfItsKind(manager: TaskSetManager, executorId: String): Boolean =
    executors.get(executorId).exists(known => fitProfiles(manager)(known.profileId))

  private def fitProfiles(manager: TaskSetManager): Set[Int] = {
    val profileId = manager.taskSet.resourceProfileId
    fitFor.getOrElseUpdate(
      profileId, ofProfile.kinds.filter(profiles().canBeScheduled(profileId, _)).toSet)
  }

  private def slots(known: KnownExecutor, needs: Map[String, Double]): Int =
    if (needs.isEmpty) Int.MaxValue else OtherResources.slots(known.resources, needs)
}
