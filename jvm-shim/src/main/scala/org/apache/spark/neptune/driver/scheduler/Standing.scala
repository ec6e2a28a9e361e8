package org.apache.spark.neptune.driver.scheduler

import scala.collection.mutable

import neptune.core.{CoreLedger, Rank, TaskEntry, Waiting}
import neptune.life.TaskState

import org.apache.spark.neptune.driver.executors.{Agents, Eligibility}
import org.apache.spark.neptune.driver.preemption.{PipelinedGroups, Preemption, Preemptor}
import org.apache.spark.neptune.driver.priorities.PriorityPool
import org.apache.spark.neptune.driver.report.Chronicle
import org.apache.spark.neptune.driver.sharing.Shares
import org.apache.spark.scheduler.TaskSetManager
import org.apache.spark.scheduler.neptune.TaskSets

/** How things stand, for the UI: who is suspended for whom, and who waits for what.
 *
 * THREADING: under the scheduler's lock.
 *
 * @param taskSets those that are not over
 */
private[driver] final class Standing(
    ledger: CoreLedger, taskSets: () => Seq[TaskSetManager], agents: Agents, chronicle: Chronicle,
    eligibility: Eligibility, groups: PipelinedGroups, preemption: Preemption,
    preemptor: Preemptor, shares: Shares) {
  import Standing._

  /** The suspended tasks, those first that were suspended last.
   *
   * @param describe what is said of any task
   */
  def suspended(skipped: Long, atMost: Int, nowNs: Long)(
      describe: TaskEntry => Option[Map[String, Any]]): Seq[Map[String, Any]] =
    ledger.live.filter(_.state == TaskState.Suspended).toList
      .sortBy(entry => (entry.presentNs(nowNs), entry.arrival))
      .slice(skipped.toInt, (skipped + atMost).toInt)
      .flatMap { entry =>
        val lentTo = if (entry.isManual) None else chronicle.beneficiaryOf(entry.task.taskId)
        // What began for others, or for a limit, may be so for another one by now.
        val limit = if (entry.isManual) None else shares.limitHolding(entry)
        describe(entry).map(_ ++ Map(
          "host" -> agents.get(entry.task.executorId).map(_.host).orNull,
          "since_s" -> entry.presentNs(nowNs) / 1e9,
          "for_priority" -> lentTo.map(_.priority),
          "for_stage_id" -> lentTo.map(_.stageId).filter(_ >= 0),
          "for_limit" -> limit))
      }

  /** The stages that wait for cores, the highest priority first, and how many more there are. */
  def waiting(nowNs: Long): (Seq[Map[String, Any]], Int) = {
    val all = taskSets().filter(TaskSets.hasPending)
      .sortBy(manager => -PriorityPool.priorityOf(manager).toLong)
    lazy val held = ledger.live.filter(_.holdsCoreAlone).toSeq.groupBy(_.task.priority)
      .map { case (priority, entries) => priority -> entries.map(_.task.nanocores).sum }
    val room = mutable.HashMap.empty[Rank, Room]
    val shown = all.take(stagesAtMost).map { manager =>
      val rank = shares.rankOfNext(manager)
      Map[String, Any](
        "stage_id" -> manager.stageId,
        "stage_attempt" -> manager.taskSet.stageAttemptId,
        "job_id" -> manager.taskSet.tasks.head.jobId,
        "priority" -> PriorityPool.priorityOf(manager),
        "tasks_pending" -> TaskSets.countPending(manager),
        // Spark counts the suspended ones, too.
        "tasks_running" -> TaskSets.runningTasks(manager).count(ledger.get(_).exists(_.holdsCore)),
        "reason" ->
          facts(manager, rank, held, room.getOrElseUpdate(rank, roomFor(rank)), nowNs).reason)
    }
    (shown, all.size - shown.size)
  }

  private def facts(
      manager: TaskSetManager, rank: Rank, held: Map[Int, Long], room: Room,
      nowNs: Long): Waiting = {
    val barred = eligibility.barredTo(manager)
    val together = groups.sizeOf(manager)
    val nanocores = preemption.nanocoresPerTask(manager)
    val usable =
      if (groups.sharesCores(manager)) preemption.slotsFor(manager) * nanocores
      else room.usable - barred.iterator.map(ledger.usableNanocores(_, rank)).sum
    Waiting(
      rank.level, together.getOrElse(TaskSets.countPending(manager)),
      nanocores, together.isDefined, TaskSets.isPipelined(manager),
      room.executors, barred,
      preemption.refusedBy(manager, nowNs), usable, room.kept, room.incoming, held,
      preemptor.preempts, room.victims, room.spared,
      shares.limitsBelow(manager, together.getOrElse(1)),
      shares.partyNameOf(manager).getOrElse(""), rank.isWithin)
  }

  private def roomFor(rank: Rank): Room = {
    val (mayBe, mayNot) = ledger.live
      .filter(entry => entry.task.rank < rank && entry.isRunning)
      .take(tasksAtMost).toList.partition(preemptor.mayPreempt(_, rank.level))
    Room(
      ledger.pages.size, ledger.pages.map(_.usableNanocores(rank)).sum,
      ledger.pages.map(p => math.max(0L, p.idleNanocores) - p.usableNanocores(rank)).sum,
      ledger.totalIncomingNanocores(rank), mayBe.size, mayNot.size)
  }
}

private object Standing {
  private val stagesAtMost = 100
  /** So many tells as much as all of a hundred thousand. */
  private val tasksAtMost = 200

  /** What there is for tasks of one rank; of ten thousand executors, so asked for once. */
  private final case class Room(
      executors: Int, usable: Long, kept: Long, incoming: Long, victims: Int, spared: Int)
}
