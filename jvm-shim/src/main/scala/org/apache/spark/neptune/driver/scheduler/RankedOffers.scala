package org.apache.spark.neptune.driver.scheduler

import scala.collection.mutable

import neptune.core.{CoreLedger, Rank}
import neptune.time.Clock

import org.apache.spark.neptune.driver.preemption.{PipelinedGroups, Preemption, Suspension}
import org.apache.spark.neptune.driver.priorities.PriorityPool
import org.apache.spark.neptune.driver.report.FailureLog
import org.apache.spark.neptune.driver.sharing.Shares
import org.apache.spark.scheduler.{TaskDescription, TaskSetManager, WorkerOffer}
import org.apache.spark.scheduler.neptune.TaskSets

/** A round of offers where some of their cores are lent, or shared: each rank is offered what it
 *  may use, the highest first, after its own suspended tasks; and there each group of pipelined
 *  stages before all others, if it can start as a whole.
 *
 * THREADING: under the scheduler's lock.
 *
 * @param nanocoresPerTask what a task of a set needs
 * @param round has Spark offer cores to some task sets
 */
private[driver] final class RankedOffers(
    ledger: CoreLedger, groups: PipelinedGroups, shares: Shares, suspension: Suspension,
    preemption: Preemption, shown: Offers, booking: Booking, failures: FailureLog,
    nanocoresPerTask: TaskSetManager => Long, clock: Clock,
    round: (IndexedSeq[WorkerOffer], Boolean, Seq[TaskSetManager]) => Seq[Seq[TaskDescription]]) {
  private val noTasks = Seq.empty[Seq[TaskDescription]]
  private val noOffers = IndexedSeq.empty[WorkerOffer]

  /** Whether Spark's own round would not do.
   *
   * @param managers all task sets that have tasks to launch
   */
  def areNeeded(offers: IndexedSeq[WorkerOffer], managers: Seq[TaskSetManager]): Boolean =
    areAnyLent(offers) || ledger.sharedNanocores > 0 || shares.isContended ||
      managers.exists(m => groups.sharesCores(m) || TaskSets.isPipelined(m))

  /** Not if all suspended tasks are elsewhere, and nobody has got a core that one of them waits
   *  for. */
  private def areAnyLent(offers: IndexedSeq[WorkerOffer]): Boolean =
    ledger.hasSuspended &&
      (shares.isOn || ledger.isToConsider || !shown.isOneWithoutLent(offers))

  /** @param isAll whether the backend offers all that it has */
  def apply(
      offers: IndexedSeq[WorkerOffer], isAll: Boolean, managers: Seq[TaskSetManager])
      : Seq[Seq[TaskDescription]] = {
    val nobodyAsks = !managers.exists(mayLaunch)
    var allConsidered = true
    val launches = mutable.ArrayBuffer.empty[Seq[TaskDescription]]
    def offer(rank: Rank, party: Seq[TaskSetManager], kept: => Set[String])
        : Seq[Seq[TaskDescription]] = {
      // Spark's round takes its time, also where nobody wants a core; but it must see new
      // executors.
      val asks = party.exists(manager => mayLaunch(manager) && TaskSets.capOf(manager).allows)
      val usable =
        if (asks || nobodyAsks && managers.headOption.exists(party.contains)) {
          if (party.headOption.exists(groups.sharesCores)) shown.shareable(offers)
          else without(kept, shown.usable(offers, rank))
        } else noOffers
      // Without offers it still looks, once in a while, for tasks that all executors are barred to.
      if (usable.isEmpty && !(asks && isAll)) noTasks
      else {
        val launched = round(usable, isAll, party)
        booking.book(launched)
        // Also if all lower tasks are suspended: the one that resumes there is to be left alone.
        failures.guard("noting refusals")(preemption.noteRefusalsAt(
          usable.map(_.executorId), party.filterNot(groups.sharesCores), rank, clock.nanoTime()))
        launched
      }
    }
    ranksOf(managers).foreach { rank =>
      allConsidered &= failures.guarded("resuming tasks", false)(resumeWhereIdle(rank, managers))
      failures.guard("counting what is due")(shares.offering(rank))
      // The same for all parties: what one of them launches is elsewhere.
      lazy val kept = roomsAbove(rank, managers)
      partiesAt(rank, managers).filter(groups.mayStart(_, preemption.slotsFor)).foreach { party =>
        // An error of Spark's own goes to the backend as ever, if it costs nobody's tasks.
        if (launches.forall(_.isEmpty)) launches ++= offer(rank, party, kept)
        else {
          failures.guard(s"offering cores to those $rank")(launches ++= offer(rank, party, kept))
        }
      }
    }
    if (allConsidered) ledger.allConsidered()
    launches.toList
  }

  /** The ranks of all that wants cores, the highest first. */
  private def ranksOf(managers: Seq[TaskSetManager]): Seq[Rank] = {
    val found = mutable.ArrayBuffer.empty[Rank]
    // The highest come first: each rank is found once.
    managers.foreach { manager =>
      val rank = Rank.within(PriorityPool.priorityOf(manager))
      if (found.lastOption.forall(_ != rank)) found += rank
    }
    found ++= ledger.suspendedRanks.iterator.filterNot(_.isHeld)
    found ++= shares.ranksBeyond
    if (found.size < 2) found.toList else found.distinct.sorted(Rank.descending).toList
  }

  private def partiesAt(
      rank: Rank, managers: Seq[TaskSetManager]): Iterator[Seq[TaskSetManager]] = {
    val mine = managers.filter(PriorityPool.priorityOf(_) == rank.level)
    if (rank.isWithin) groups.parties(mine).iterator
    else Iterator(mine.filter(shares.isSharing)).filter(_.nonEmpty)
  }

  private def mayLaunch(manager: TaskSetManager): Boolean =
    manager.speculationEnabled || TaskSets.hasPending(manager)

  /** Suspended tasks come back before new ones of their rank start; but not where cores are on
   *  their way to a higher rank, a task of which may need several at once; nor anywhere while they
   *  are on their way to tasks that start together.
   *
   *  @return whether all were considered
   */
  private def resumeWhereIdle(rank: Rank, managers: Seq[TaskSetManager]): Boolean = {
    val resumable = ledger.resumable(rank).filter(entry =>
      ledger.idleNanocores(entry.task.executorId) >= entry.task.nanocores)
    val higher =
      if (resumable.isEmpty || !ledger.hasSuspending) Nil else waitingAbove(rank, managers)
    val (kept, free) =
      if (higher.isEmpty) (Nil, resumable)
      else if (higher.exists(groups.sizeOf(_).isDefined)) (resumable, Nil)
      else {
        val highest = higher.map(shares.rankOfNext).min(Rank.descending)
        resumable.partition(entry =>
          ledger.incomingNanocores(entry.task.executorId, highest) > 0)
      }
    free.foreach(entry => suspension.resume(entry.task.taskId))
    kept.isEmpty
  }

  /** Executors where a larger task of a higher rank is about to find all that it needs. */
  private def roomsAbove(rank: Rank, managers: Seq[TaskSetManager]): Set[String] =
    if (!ledger.hasSuspending) Set.empty
    else {
      waitingAbove(rank, managers)
        .map(manager => (shares.rankOfNext(manager), nanocoresPerTask(manager))).distinct
        .flatMap { case (higher, nanocores) => ledger.roomsComing(higher, nanocores) }.toSet
    }

  private def without(
      executorIds: => Set[String], offers: IndexedSeq[WorkerOffer]): IndexedSeq[WorkerOffer] =
    if (offers.isEmpty || executorIds.isEmpty) offers
    else offers.filterNot(offer => executorIds(offer.executorId))

  /** Those with tasks to launch of a higher rank. */
  private def waitingAbove(rank: Rank, managers: Seq[TaskSetManager]): Seq[TaskSetManager] =
    managers.filter(manager =>
      rank < shares.rankOfNext(manager) && TaskSets.hasPending(manager) &&
        !groups.sharesCores(manager))
}
