package org.apache.spark.neptune.driver.scheduler

import java.util.concurrent.TimeUnit

import scala.collection.mutable

import neptune.core.{CoreLedger, Rank, TaskEntry}
import neptune.life.TaskState

import org.apache.spark.neptune.driver.executors.Agents
import org.apache.spark.neptune.driver.preemption.PipelinedGroups
import org.apache.spark.neptune.driver.priorities.PriorityPool
import org.apache.spark.neptune.driver.report.FailureLog
import org.apache.spark.neptune.driver.sharing.Shares
import org.apache.spark.scheduler.{TaskDescription, TaskSetManager, WorkerOffer}
import org.apache.spark.scheduler.neptune.{LaunchesForOthers, TaskSets}

/** Launches tasks in the very round that has others suspended for them. They follow the request to
 *  suspend, and wait on the executor until that task has stopped: the answer's way to the driver,
 *  another round of offers and the way back to the executor are saved. Until then they are beyond
 *  what there is, and nobody else is launched on these cores.
 *
 * Only where the backend offers all executors, since victims may be anywhere; only between levels:
 * inside one, whose turn it is changes as soon as a task is launched; and only where the executor
 * was heard from just now, since a task that is launched on one that can't be reached waits until
 * Spark gives that up.
 *
 * THREADING: under the scheduler's lock.
 *
 * @param isOn whether victims are suspended at all, and tasks are to be launched so
 * @param reportMs how often executors report their memory; 0: never
 * @param nanocoresPerTask what a task of a set needs
 * @param round has Spark offer cores to some task sets
 */
private[driver] final class HandOver(
    ledger: CoreLedger, agents: Agents, groups: PipelinedGroups, shares: Shares,
    shown: Offers, booking: Booking, failures: FailureLog,
    isOn: Boolean, reportMs: Long, nanocoresPerTask: TaskSetManager => Long,
    round: (IndexedSeq[WorkerOffer], Boolean, Seq[TaskSetManager]) => Seq[Seq[TaskDescription]])
  extends LaunchesForOthers {
  import HandOver._

  /** Victims of this round, by executor, in the order in which they were asked. */
  private val victims = mutable.HashMap.empty[String, Victims]
  private var isOpen = false
  private val heardNs = TimeUnit.MILLISECONDS.toNanos(
    math.max(heardMs, math.min(heardAtMostMs, reportMs + reportMs / 2)))

  /** From now on, victims are for tasks that are launched in this round; or not.
   *
   * @param isAll whether the backend offers all that it has
   */
  def open(isAll: Boolean): Unit = isOpen = isOn && isAll && !shares.isContended

  /** Tasks have been asked to suspend for those of a level.
   *
   * @param managers the task sets of the latter
   */
  def asked(taskIds: Seq[Long], level: Int, managers: Seq[TaskSetManager]): Unit =
    // Cores for those that start together are for nobody else.
    if (isOpen && managers.forall(groups.sizeOf(_).isEmpty)) {
      taskIds.iterator.flatMap(ledger.get(_))
        .filter(entry => entry.task.priority < level && isComing(entry))
        .foreach { entry =>
          val executorId = entry.task.executorId
          val tooFew = math.max(0L, -ledger.idleNanocores(executorId))
          victims.getOrElseUpdate(executorId, new Victims(tooFew)).all += new Victim(entry)
        }
    }

  private def isComing(entry: TaskEntry): Boolean =
    entry.state == TaskState.Suspending && !entry.isManual &&
      agents.isHeardWithin(entry.task.executorId, heardNs)

  /** Launches what can be. The cores of all other victims come free when these have stopped.
   *
   * @param managers all task sets that have tasks to launch, the highest priority first
   */
  def apply(offers: IndexedSeq[WorkerOffer], managers: Seq[TaskSetManager])
      : Seq[Seq[TaskDescription]] = {
    val launches = mutable.ArrayBuffer.empty[Seq[TaskDescription]]
    try if (victims.nonEmpty) failures.guard("handing over cores") {
      val theirs = offers.filter(offer => victims.contains(offer.executorId))
      var left = managers.filter(mayTake)
      while (left.nonEmpty) {
        val rank = Rank.within(PriorityPool.priorityOf(left.head))
        val (party, lower) = left.span(PriorityPool.priorityOf(_) == rank.level)
        val usable = shown.usableWith(theirs, rank)(victims(_).nanocoresFor(rank))
        if (usable.nonEmpty) launches ++= offer(usable, rank, party)
        left = lower
      }
    } finally {
      victims.clear()
      isOpen = false
    }
    launches.toList
  }

  /** Those that start together wait until there are cores for all of them. */
  private def mayTake(manager: TaskSetManager): Boolean =
    TaskSets.hasPending(manager) && TaskSets.capOf(manager).allows &&
      groups.sizeOf(manager).isEmpty && !TaskSets.isRealTime(manager)

  private def offer(usable: IndexedSeq[WorkerOffer], rank: Rank, party: Seq[TaskSetManager])
      : Seq[Seq[TaskDescription]] = {
    shares.offering(rank)
    party.foreach(TaskSets.launchesForOthers(_, Some(this)))
    val launched =
      try round(usable, false, party)
      finally party.foreach(TaskSets.launchesForOthers(_, None))
    booking.book(launched)
    launched
  }

  override def on[T](executorId: String, manager: TaskSetManager)(launch: => T)(
      isDone: T => Boolean): T = {
    val here = victims.get(executorId)
    val its = here.fold(Seq.empty[Victim])(_.first(nanocoresPerTask(manager)))
    val told = PriorityPool.launchOf(manager)
    told.victims = its.flatMap(v => Seq(v.entry.task.taskId, v.entry.seq)).toArray
    try {
      val launched = launch
      if (isDone(launched)) here.foreach(_.take(nanocoresPerTask(manager)))
      launched
    } finally told.victims = Array.emptyLongArray
  }
}

private object HandOver {
  /** Within which time an executor must have been heard from, in milliseconds: at least, and at
   *  most. */
  private val heardMs: Long = 3000L
  private val heardAtMostMs: Long = 10000L

  /** @param leftNanocores those of its cores that nobody was launched for */
  private final class Victim(val entry: TaskEntry) {
    var leftNanocores: Long = entry.task.nanocores
  }

  /** Those of an executor.
   *
   * @param owed cores that it had too few before, which they make up for first
   */
  private final class Victims(private var owed: Long) {
    val all: mutable.ArrayBuffer[Victim] = mutable.ArrayBuffer.empty

    /** Cores that come free for a rank, whether or not somebody was launched for them. */
    def nanocoresFor(rank: Rank): Long =
      all.iterator.map(_.entry.task).filter(_.rank < rank).map(_.nanocores).sum

    /** Those for which the next task has to wait. */
    def first(nanocores: Long): Seq[Victim] = {
      val left = all.filter(_.leftNanocores > 0)
      val before = left.scanLeft(0L)(_ + _.leftNanocores)
      left.take(before.takeWhile(_ < nanocores + owed).size).toList
    }

    /** It was launched. */
    def take(nanocores: Long): Unit = {
      first(nanocores).foldLeft(nanocores + owed) { (needed, victim) =>
        val taken = math.min(needed, victim.leftNanocores)
        victim.leftNanocores -= taken
        needed - taken
      }
      owed = 0L
    }
  }
}
