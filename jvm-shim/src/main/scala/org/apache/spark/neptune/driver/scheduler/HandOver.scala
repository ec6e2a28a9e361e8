package org.apache.spark.neptune.driver.scheduler

import java.util.concurrent.TimeUnit

import scala.collection.mutable

import neptune.core.{CoreLedger, Rank}
import neptune.time.Clock

import org.apache.spark.neptune.driver.executors.Agents
import org.apache.spark.neptune.driver.preemption.{PipelinedGroups, Preemption}
import org.apache.spark.neptune.driver.priorities.PriorityPool
import org.apache.spark.neptune.driver.report.FailureLog
import org.apache.spark.neptune.driver.sharing.Shares
import org.apache.spark.neptune.executor.SuspendableTask
import org.apache.spark.scheduler.{TaskDescription, TaskSetManager, WorkerOffer}
import org.apache.spark.scheduler.neptune.{LaunchesForOthers, TaskSets}

/** Launches tasks in the very round that has others suspended for them. They follow the request to
 *  suspend, and wait on the executor until that task has stopped: the answer's way to the driver,
 *  another round of offers and the way back to the executor are saved.
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
    preemption: => Preemption, shown: Offers, booking: Booking, failures: FailureLog,
    isOn: Boolean, reportMs: Long, nanocoresPerTask: TaskSetManager => Long, clock: Clock,
    round: (IndexedSeq[WorkerOffer], Boolean, Seq[TaskSetManager]) => Seq[Seq[TaskDescription]])
  extends LaunchesForOthers {
  import HandOver._

  /** Victims of this round, by executor, whose cores are not all taken. */
  private val victims = mutable.LinkedHashMap.empty[String, mutable.Queue[Victim]]
  /** Cores that executors had too few before, which victims make up for first. */
  private val owed = mutable.HashMap.empty[String, Long]
  private var promised = List.empty[Long]
  private var isOpen = false
  private val heardNs = TimeUnit.MILLISECONDS.toNanos(
    math.max(heardMs, math.min(heardAtMostMs, reportMs + reportMs / 2)))

  /** From now on, victims are for tasks that are launched in this round; or not.
   *
   * @param isAll whether the backend offers all that it has
   */
  def open(isAll: Boolean): Unit = isOpen = isOn && isAll && !shares.isContended

  /** The task has been asked to suspend for tasks of a level. */
  def promise(taskId: Long, level: Int): Unit =
    ledger.get(taskId)
      .filter(entry => isOpen && entry.task.priority < level)
      .filter(entry => agents.isHeardWithin(entry.task.executorId, heardNs))
      .foreach { entry =>
        val executorId = entry.task.executorId
        val tooFew = math.max(0L, -ledger.idleNanocores(executorId))
        if (ledger.promise(taskId)) {
          promised = taskId :: promised
          if (!victims.contains(executorId)) owed(executorId) = tooFew
          victims.getOrElseUpdate(executorId, mutable.Queue.empty) +=
            new Victim(taskId, entry.seq, entry.task.nanocores)
        }
      }

  /** Launches what can be. The cores of all other victims come free when these have stopped.
   *
   * @param managers all task sets that have tasks to launch, the highest priority first
   */
  def apply(offers: IndexedSeq[WorkerOffer], managers: Seq[TaskSetManager])
      : Seq[Seq[TaskDescription]] =
    if (victims.isEmpty) {
      isOpen = false
      Nil
    } else {
      val launches = mutable.ArrayBuffer.empty[Seq[TaskDescription]]
      try failures.guard("handing over cores") {
        val theirs = offers.filter(offer => victims.contains(offer.executorId))
        var left = managers.filter(mayTake)
        while (left.nonEmpty) {
          val rank = Rank.within(PriorityPool.priorityOf(left.head))
          val (party, lower) = left.span(PriorityPool.priorityOf(_) == rank.level)
          launches ++= offer(shown.usable(theirs, rank), rank, party)
          left = lower
        }
      } finally close()
      launches.toList
    }

  /** Those that start together wait until there are cores for all of them. */
  private def mayTake(manager: TaskSetManager): Boolean =
    TaskSets.hasPending(manager) && TaskSets.capOf(manager).allows &&
      groups.sizeOf(manager).isEmpty && !TaskSets.isRealTime(manager)

  private def offer(usable: IndexedSeq[WorkerOffer], rank: Rank, party: Seq[TaskSetManager])
      : Seq[Seq[TaskDescription]] =
    if (usable.isEmpty) Nil
    else {
      shares.offering(rank)
      party.foreach(TaskSets.launchesForOthers(_, Some(this)))
      val launched =
        try round(usable, false, party)
        finally party.foreach(TaskSets.launchesForOthers(_, None))
      booking.book(launched)
      preemption.noteRefusalsAt(usable.map(_.executorId), party, rank, clock.nanoTime())
      launched
    }

  override def on[T](executorId: String, manager: TaskSetManager)(launch: => T)(
      isDone: T => Boolean): T = {
    val queue = victims.getOrElse(executorId, mutable.Queue.empty[Victim])
    val needed = nanocoresPerTask(manager) + owed.getOrElse(executorId, 0L)
    val before = queue.scanLeft(0L)(_ + _.leftNanocores)
    val its = queue.take(before.takeWhile(_ < needed).size).toList
    val told = manager.taskSet.tasks.headOption
      .collect { case task: SuspendableTask[_] => task.launch }
    told.foreach(_.victims = its.flatMap(victim => Seq(victim.taskId, victim.seq)).toArray)
    try {
      val launched = launch
      if (isDone(launched)) take(queue, its, needed, executorId)
      launched
    } finally told.foreach(_.victims = Array.emptyLongArray)
  }

  /** The next task is to wait for those whose cores are left. */
  private def take(
      queue: mutable.Queue[Victim], its: Seq[Victim], nanocores: Long, executorId: String)
      : Unit = {
    owed(executorId) = 0L
    its.foldLeft(nanocores) { (needed, victim) =>
      val taken = math.min(needed, victim.leftNanocores)
      victim.leftNanocores -= taken
      needed - taken
    }
    queue.dequeueAll(_.leftNanocores == 0L)
  }

  /** From now on a victim has its cores until it has stopped: whoever was launched on them is
   *  beyond what there is, and nobody else is launched there meanwhile. */
  private def close(): Unit = {
    promised.foreach(ledger.withdraw)
    promised = Nil
    victims.clear()
    owed.clear()
    isOpen = false
  }
}

private object HandOver {
  /** Within which time an executor must have been heard from, in milliseconds: at least, and at
   *  most. */
  private val heardMs: Long = 3000L
  private val heardAtMostMs: Long = 10000L

  private final class Victim(val taskId: Long, val seq: Long, var leftNanocores: Long)
}
