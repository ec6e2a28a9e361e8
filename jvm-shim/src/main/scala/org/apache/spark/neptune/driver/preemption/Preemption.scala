package org.apache.spark.neptune.driver.preemption

import java.util.concurrent.TimeUnit

import scala.collection.mutable

import neptune.core.{CoreLedger, Decision, ExecutorCores, PendingTasks, Rank, Snapshot}

import org.apache.spark.neptune.driver.executors.{Eligibility, ExecutorViews}
import org.apache.spark.neptune.driver.priorities.PriorityPool
import org.apache.spark.neptune.driver.sharing.{Rooms, Shares, Turn}
import org.apache.spark.scheduler.{TaskLocation, TaskSetManager}
import org.apache.spark.scheduler.neptune.TaskSets

/** Has victims preempted for pending tasks of higher priorities that lack cores.
 *
 * THREADING: under the scheduler's lock.
 *
 * @param decide asks the policy
 * @param asked is told of victims, of the level that they are for, and of its task sets
 * @param preferredExecutors where a task with these locations prefers to run, the nearest first
 * @param nanocoresPerTask what a task of a set needs
 */
private[driver] final class Preemption(
    ledger: CoreLedger,
    decide: Snapshot => Decision,
    preemptor: Preemptor,
    views: ExecutorViews,
    eligibility: Eligibility,
    groups: PipelinedGroups,
    shares: Shares,
    asked: (Seq[Long], Int, Seq[TaskSetManager]) => Unit,
    preferredExecutors: Seq[TaskLocation] => Seq[Set[String]],
    val nanocoresPerTask: TaskSetManager => Long) {

  /** Free cores that a task set left alone, and when: it may be waiting for a better place (delay
   *  scheduling), or be barred from that executor. To suspend tasks there again at once would
   *  only have them suspended and resumed in turn. For the same reason a task set that has refused
   *  a good many executors is left alone for a while. */
  private val refusals = mutable.WeakHashMap.empty[TaskSetManager, Map[String, Long]]
  /** By rank: what the last decision has left to cores of tasks that should end by themselves. Each
   *  end makes a round, and only the first need decide. */
  private val leftToEnds = mutable.HashMap.empty[Rank, Preemption.LeftToEnds]

  /** Remembers which executors' usable cores the task sets have just left alone, which are offered
   *  all of them.
   *
   * @param executorIds executors that were offered
   * @param takenBelow cores by executor that the round has given to lower priorities than this
   */
  def noteRefusals(
      executorIds: => Seq[String], managers: Seq[TaskSetManager], nowNs: => Long,
      takenBelow: Int => Map[String, Long]): Unit = {
    lazy val all = executorIds
    managers.filter(mayRefuse).foreach { manager =>
      val priority = PriorityPool.priorityOf(manager)
      note(all, manager, Rank.within(priority), nowNs, takenBelow(priority))
    }
  }

  /** The same of task sets that are offered what a rank may use. */
  def noteRefusalsAt(
      executorIds: => Seq[String], managers: Seq[TaskSetManager], rank: Rank,
      nowNs: => Long): Unit = {
    // Of hundreds of sets each has refused only what all have left.
    lazy val left = executorIds.filter(ledger.usableNanocores(_, rank) > 0)
    managers.filter(mayRefuse).foreach(note(left, _, rank, nowNs, Map.empty[String, Long]))
  }

  /** Who has got all that is due has refused nothing. */
  private def mayRefuse(manager: TaskSetManager): Boolean =
    TaskSets.hasPending(manager) && TaskSets.capOf(manager).allows

  private def note(
      executorIds: Seq[String], manager: TaskSetManager, rank: Rank, nowNs: Long,
      taken: => Map[String, Long]): Unit = {
    val nanocores = nanocoresPerTask(manager)
    lazy val barred = eligibility.barredTo(manager)
    lazy val below = taken
    val left = executorIds.filter { id =>
      val usable = ledger.usableNanocores(id, rank)
      (usable >= nanocores || usable + below.getOrElse(id, 0L) >= nanocores) && !barred(id)
    }
    // What starts together or not at all has refused nothing if it lacks slots.
    if (left.nonEmpty &&
        groups.sizeOf(manager).forall(
          slots(_.usableNanocores(rank), nanocores, barred) >= _)) {
      refusals(manager) =
        refusals.getOrElse(manager, Map.empty) ++ left.map(_ -> nowNs)
    }
  }

  /** Preempts just enough lower tasks, highest priority first.
   *
   * @param managers task sets, the highest priority first
   * @return how soon a later round should look again, in nanoseconds, if it should: a task set was
   *         passed over because of what it refused, or a task is about to end by itself
   */
  def forPending(managers: Seq[TaskSetManager], nowNs: Long): Option[Long] =
    if (!preemptor.preempts) None
    else forWaiting(managers.filter(TaskSets.hasPending), nowNs)

  private def forWaiting(waiting: Seq[TaskSetManager], nowNs: Long): Option[Long] = {
    var left = waiting
    var again = List.empty[Long]
    val allowed = new Rooms
    while (left.nonEmpty) {
      val priority = PriorityPool.priorityOf(left.head)
      val (mine, lower) = left.span(PriorityPool.priorityOf(_) == priority)
      again ++= shares.turns(priority, mine, allowed).flatMap(forTurn(_, mine, nowNs))
      left = lower
    }
    again.reduceOption(_ min _)
  }

  def executorLost(executorId: String): Unit = {
    eligibility.executorLost(executorId)
    refusals.keys.toList.foreach(manager => refusals(manager) -= executorId)
  }

  private def forTurn(
      turn: Turn, managers: Seq[TaskSetManager], nowNs: Long): Option[Long] = {
    val rank = turn.rank
    if (!ledger.hasRunningBelow(rank) || areOnTheirWay(turn, managers, nowNs)) None
    else {
      endNs(turn, managers, nowNs).map(_ - nowNs).orElse {
        leftToEnds -= rank
        decideFor(turn, managers, nowNs)
      }
    }
  }

  private def decideFor(
      turn: Turn, managers: Seq[TaskSetManager], nowNs: Long): Option[Long] = {
    val rank = turn.rank
    // A decision for a higher priority may have taken the last one.
    lazy val allNanocores = ledger.totalNanocores
    val (declining, others) = managers
      .flatMap(manager => pendingOf(manager, turn.atMost(manager), allNanocores, nowNs))
      .toIndexedSeq.partition { case (_, isDeclining) => isDeclining }
    val asking = others.map { case (group, _) => group }
    val endsSoon = asking.nonEmpty && {
      val look = views.forRank(rank, asking.iterator.map(_.nanocores).max, nowNs)
      val decision = decide(Snapshot(rank.level, look.executors, asking, rank))
      decision.victims.foreach(victim => preemptor.preempt(victim.taskId, rank.level))
      asked(decision.victims.map(_.taskId), rank.level, managers)
      look.someEndSoon
    }
    if (declining.nonEmpty || asking.exists(_.refused.nonEmpty)) Some(Preemption.refusalNs)
    else if (endsSoon) {
      leftToEnds(rank) =
        Preemption.LeftToEnds(neededNanocores(turn, managers), nowNs + ExecutorViews.paysNs)
      Some(ExecutorViews.paysNs)
    } else None
  }

  /** Whether the cores for what waits are coming already, so that there is nothing to decide. */
  private def areOnTheirWay(
      turn: Turn, managers: Seq[TaskSetManager], nowNs: Long): Boolean =
    ledger.hasSuspending && areSimple(managers, nowNs) &&
      ledger.totalIncomingNanocores(turn.rank) >= neededNanocores(turn, managers)

  /** Until when no more waits than the last decision has left to tasks that should end. */
  private def endNs(turn: Turn, managers: Seq[TaskSetManager], nowNs: Long): Option[Long] =
    leftToEnds.get(turn.rank).filter(left => nowNs - left.endNs < 0 &&
      areSimple(managers, nowNs) && neededNanocores(turn, managers) <= left.nanocores)
      .map(_.endNs)

  /** Whether any core will do. */
  private def areSimple(managers: Seq[TaskSetManager], nowNs: Long): Boolean =
    managers.forall(m => groups.sizeOf(m).isEmpty && refusedBy(m, nowNs).isEmpty &&
      eligibility.barredTo(m).isEmpty)

  private def neededNanocores(turn: Turn, managers: Seq[TaskSetManager]): Long =
    managers.map { manager =>
      math.min(turn.atMost(manager), TaskSets.countPending(manager)) * nanocoresPerTask(manager)
    }.sum

  /** Executors whose free cores the task set lately left alone. */
  def refusedBy(manager: TaskSetManager, nowNs: Long): Set[String] =
    refusals.get(manager).fold(Set.empty[String])(_.collect {
      case (executor, at) if nowNs - at < Preemption.refusalNs => executor
    }.toSet)

  /** What waits, and whether to leave it alone because of what it refused.
   *
   * @param atMost for how many tasks
   * @param allNanocores of all executors: more tasks than these can run are of no interest
   */
  private def pendingOf(
      manager: TaskSetManager, atMost: Int, allNanocores: Long, nowNs: Long)
      : Seq[(PendingTasks, Boolean)] = {
    val nanocores = nanocoresPerTask(manager)
    val limit = math.min(Int.MaxValue.toLong, math.max(1L, allNanocores / nanocores)).toInt
    val refused = refusedBy(manager, nowNs)
    val closed = refused ++ eligibility.barredTo(manager)
    val together = groups.sizeOf(manager)
    val most = math.min(atMost, math.min(limit, eligibility.slotsFor(manager)))
    if (most == 0 || together.isDefined && !groups.isFirst(manager)) Nil
    else {
      TaskSets.pending(manager, most).map { case (locations, waiting) =>
        PendingTasks(
          manager.stageId, together.getOrElse(waiting), nanocores, preferredExecutors(locations),
          closed, together.isDefined) -> (refused.size >= Preemption.refusalsAtMost)
      }.take(if (together.isDefined) 1 else Int.MaxValue)
    }
  }

  /** How many tasks of the set could start at the same time now. */
  def slotsFor(manager: TaskSetManager): Long = {
    val (nanocores, barred) = (nanocoresPerTask(manager), eligibility.barredTo(manager))
    if (groups.sharesCores(manager)) slots(_.shareableNanocores, nanocores, barred)
    else slots(_.usableNanocores(Rank.within(PriorityPool.priorityOf(manager))), nanocores, barred)
  }

  private def slots(of: ExecutorCores => Long, nanocores: Long, barred: Set[String]): Long =
    ledger.pagesBut(barred).map(of(_) / nanocores).sum
}

private[driver] object Preemption {
  private final case class LeftToEnds(nanocores: Long, endNs: Long)

  /** How long a refusal counts: as long as Spark's backends wait between rounds that give delay
   *  scheduling another chance (spark.scheduler.revive.interval). */
  val refusalNs: Long = TimeUnit.SECONDS.toNanos(1)
  /** Executors whose refusal lets a task set wait until one of them lapses: enough to find a way
   *  round a few that Spark has excluded. */
  private val refusalsAtMost = 4
}
