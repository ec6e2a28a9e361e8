package org.apache.spark.neptune.driver.preemption

import java.util.concurrent.TimeUnit

import scala.collection.mutable

import neptune.core.{CoreLedger, Rank, StarvationBound, SuspendedFor, TaskEntry}
import neptune.life.TaskState
import neptune.protocol.{DriverInstruction, DriverSide, Message, Resumed, Suspended}
import neptune.protocol.DriverInstruction._
import neptune.time.Clock

import org.apache.spark.neptune.driver.executors.Agents
import org.apache.spark.neptune.driver.report.{Chronicle, ResumeReason, Statistics}
import org.apache.spark.scheduler.TaskSetManager

/** Decides which tasks may be suspended, and for how long, and carries out what the driver's side
 *  of the protocol then says: sends, counts, tells listeners.
 *
 * THREADING: under the scheduler's lock.
 *
 * @param memoryShare what suspended tasks may hold of an executor's heap, and of its machine's
 * memory
 */
private[driver] final class Suspension(
    ledger: CoreLedger,
    agents: Agents,
    statistics: Statistics,
    timeoutMs: Long,
    bound: StarvationBound,
    memoryShare: Double,
    wakeWithin: Long => Unit,
    chronicle: Chronicle,
    managerOf: Long => Option[TaskSetManager],
    clock: Clock) {

  /** When a suspended task's time is over, if any is suspended for others. */
  private var nextBoundNs = Option.empty[Long]
  /** Tasks that are being resumed for what they hold beside cores. */
  private val holders = mutable.HashSet.empty[Long]
  /** An executor answers a request within the time-out, unless it is manual; it confirms a priority
   *  at once. */
  private val side = new DriverSide(
    ledger, timeoutMs,
    answerNs = TimeUnit.MILLISECONDS.toNanos(timeoutMs) + Suspension.roundTripNs,
    confirmNs = Suspension.roundTripNs)

  /** Whether the task can be told to suspend: not if it is a barrier task, or has no agent, or if
   *  its executor waits for it to end. */
  def canSuspend(entry: TaskEntry): Boolean =
    hasGate(entry) && !ledger.isLeaving(entry.task.executorId)

  private def hasGate(entry: TaskEntry): Boolean =
    entry.task.suspendable && agents.knows(entry.task.executorId)

  def suspend(taskId: Long, whom: SuspendedFor): Unit =
    ledger.get(taskId).filter(canSuspend).foreach { entry =>
      if (whom == SuspendedFor.Higher && bound.isMadeGood(entry, clock.nanoTime())) {
        ledger.madeGood(taskId)
      }
      val asked = side.suspend(taskId, whom, clock.nanoTime())
      if (asked.nonEmpty) holders.remove(taskId)
      carryOut(asked)
    }

  /** Suspends a task for others, of its own level or of a higher one. */
  def preempt(taskId: Long, level: Int): Unit = ledger.get(taskId).foreach(entry =>
    suspend(taskId, if (entry.task.priority < level) SuspendedFor.Higher else SuspendedFor.Sharing))

  /** A limit holds the task from now on: it is suspended for as long as that says so. Anybody may
   *  have its core, so that anybody who waits for what it holds has it rescued. */
  def hold(taskId: Long): Unit = {
    if (ledger.ranked(taskId, Rank.held)) {
      carryOut(side.belowAll(taskId, isBelow = true, hasGate, clock.nanoTime()))
    }
    suspend(taskId, SuspendedFor.Sharing)
  }

  /** No limit holds the task any more: it is resumed when it gets a core. Until then others may
   *  have that, and wait for what it holds. */
  def letGo(taskId: Long): Unit = {
    ledger.get(taskId).foreach { entry =>
      ledger.ranked(taskId, Rank.within(entry.task.priority))
      // From now on others keep it from its core.
      if (entry.isHeldForSharing) expectBound(clock.nanoTime(), bound.ns)
    }
    raise(taskId)
  }

  /** The task runs again, after a limit held it: its executor is to know its own priority. */
  private def raise(taskId: Long): Unit = ledger.get(taskId)
    .filter(entry => entry.isBelowAll && entry.isRunning && !entry.task.rank.isHeld)
    .foreach(_ => carryOut(side.belowAll(taskId, isBelow = false, hasGate, clock.nanoTime())))

  /** Takes a manual suspension back. */
  def releaseManual(taskId: Long): Unit = carryOut(side.releaseManual(taskId, clock.nanoTime()))

  /** The task has another priority from now on, and its executor is to know. */
  def reprioritize(taskId: Long, priority: Int): Unit =
    // A barrier task has no gate, and an executor without agent has none at all.
    carryOut(side.reprioritize(taskId, priority, hasGate, clock.nanoTime()))

  /** Whether the task may be suspended for others of a level once more; the bound is for higher
   *  ones only. If it is only to be left alone for a while, for somebody asks for its core now,
   *  there is a round when that is over. */
  def mayPreempt(entry: TaskEntry, level: Int): Boolean =
    canSuspend(entry) && !entry.isKilled && !side.isSilent(entry.task.executorId) &&
      hasRoom(entry.task.executorId) && {
        val now = clock.nanoTime()
        val barred = if (entry.task.priority < level) bound.barsForNs(entry, now) else 0L
        val left = math.max(entry.restNs(now), barred)
        if (left > 0 && left < Long.MaxValue) wakeWithin(left)
        left <= 0
      }

  /** How much the task has used up of what it may be suspended for others. */
  def boundUsed(entry: TaskEntry): Double = bound.usedShare(entry, clock.nanoTime())

  /** Whether the executor has the memory for more tasks than it has cores. */
  private def hasRoom(executorId: String): Boolean =
    ledger.pageOf(executorId).forall(_.suspended == 0) ||
      !agents.get(executorId).exists(_.isFilled(memoryShare, taskId =>
        ledger.get(taskId).exists(entry => !entry.isRunning)))

  /** Resumes the task if its core is idle; else a later round does. */
  def resume(taskId: Long): Unit = resume(taskId, byForce = false)

  /** Resumes the task, on a core too many if need be, for a higher one waits for what it holds. */
  def resumeHolder(taskId: Long): Unit = {
    holders += taskId
    resume(taskId, byForce = true)
  }

  /** Resumes the tasks that have been suspended for as long as a task may be: on an idle core, else
   *  on a core too many, as long as these are few on an executor. The others come next. */
  def resumeOverdue(): Unit = {
    val now = clock.nanoTime()
    if (nextBoundNs.exists(_ - now <= 0)) {
      countHeldUp(now)
      val (over, others) = ledger.preempted.toList.partition(bound.leftNs(_, now) <= 0)
      val (some, waiting) = over.partition(resumesOverdue)
      some.foreach(_ => statistics.bounded())
      val sharing = ledger.heldForSharing.map(
        entry => math.max(Suspension.overdueNs, bound.ns - entry.presentNs(now)))
      nextBoundNs = (others.map(bound.leftNs(_, now)) ++ sharing ++
        waiting.headOption.map(_ => Suspension.overdueNs)).reduceOption(_ min _).map(now + _)
    }
    // Again in each round: a timer that is due earlier drops this one.
    nextBoundNs.foreach(due => wakeWithin(due - now))
  }

  /** Who was suspended for others of its own level waits for higher ones in fact, if these have
   *  left that level no core at all; or if it is within what is due to its party, and nobody on its
   *  executor would yield to it. */
  private def countHeldUp(nowNs: Long): Unit = {
    val long = ledger.heldForSharing.filter(_.presentNs(nowNs) >= bound.ns).toList
    if (long.nonEmpty) {
      val served = ledger.live.filter(_.holdsCore).map(_.task.priority).toSet
      long.filter(entry => !served(entry.task.priority) ||
          entry.task.rank.isWithin && !ledger.tasksOn(entry.task.executorId).exists(
            other => other.holdsCore && other.task.rank < entry.task.rank))
        .foreach(entry => ledger.heldUp(entry.task.taskId))
    }
  }

  /** The executor is being decommissioned: it ends when its tasks have. */
  def executorLeaves(executorId: String): Unit =
    carryOut(side.executorLeaves(executorId, clock.nanoTime()))

  private def resumesOverdue(entry: TaskEntry): Boolean = {
    val executorId = entry.task.executorId
    val idle = ledger.idleNanocores(executorId)
    val most = ledger.totalNanocores(executorId) / Suspension.tooManyOneIn
    val may = idle >= 0 || idle - entry.task.nanocores >= -most
    if (may) resume(entry.task.taskId, byForce = true)
    may
  }

  /** Sees to it that there is a round when the next task has been suspended for long enough. */
  private def expectBound(nowNs: Long, leftNs: Long): Unit =
    if (nextBoundNs.forall(nowNs + leftNs - _ < 0)) {
      nextBoundNs = Some(nowNs + leftNs)
      wakeWithin(leftNs)
    }

  private def resume(taskId: Long, byForce: Boolean): Unit = {
    carryOut(side.resume(taskId, byForce, clock.nanoTime()))
    raise(taskId)
  }

  /** Sends again what was not answered in time. */
  def askAgain(): Unit = carryOut(side.timePassed(clock.nanoTime()))

  /** An executor says something.
   *
   * @return whether a core became free or taken, or a task may be a victim again
   */
  def received(message: Message): Boolean = {
    val instructions = side.received(message, clock.nanoTime())
    carryOut(instructions)
    instructions.exists(_.isInstanceOf[News])
  }

  /** The task is over. */
  def ended(taskId: Long): Unit = {
    val resumed = ledger.get(taskId).filter(_.state == TaskState.Resuming).map(reasonOf)
    resumed.foreach(statistics.resumedAndEnded)
    chronicle.ended(taskId, resumed.getOrElse(Chronicle.End))
    carryOut(side.ended(taskId, clock.nanoTime()))
    holders.remove(taskId)
  }

  /** The task is over, and its executor with it. */
  def lost(taskId: Long): Unit = {
    chronicle.ended(taskId)
    side.lost(taskId)
    holders.remove(taskId)
  }

  private def carryOut(instructions: Seq[DriverInstruction]): Unit = instructions.foreach {
    case Send(executorId, message) => agents.send(executorId, message)
    case WakeWithin(ns) => wakeWithin(ns)
    case IsSuspended(entry, answer) => suspended(entry, answer)
    case IsResumed(entry, answer) => resumed(entry, answer)
    case IsRescued(entry, report, wasSuspended) =>
      statistics.rescued(report.cause)
      // Nobody was told of a suspension whose acknowledgement is still on its way.
      if (wasSuspended) tellResumed(entry, ResumeReason.Rescue, report.cause.name)
      raise(entry.task.taskId)
    case IsKilled(_) => ()
  }

  private def suspended(entry: TaskEntry, answer: Suspended): Unit = {
    val now = clock.nanoTime()
    if (entry.isHeldForSharing) expectBound(now, bound.ns)
    else if (!entry.isManual && !entry.isForSharing) expectBound(now, bound.leftNs(entry, now))
    statistics.suspended(answer.latencyNs, now - entry.lastRequestNs, answer.overdue)
    chronicle.suspended(entry, stageOf(answer.taskId))
  }

  private def resumed(entry: TaskEntry, answer: Resumed): Unit = {
    val reason = reasonOf(entry)
    holders.remove(answer.taskId)
    statistics.resumed(answer.latencyNs, clock.nanoTime() - entry.lastRequestNs, reason)
    tellResumed(entry, reason)
  }

  private def reasonOf(entry: TaskEntry): String =
    if (holders.contains(entry.task.taskId)) ResumeReason.Resource
    else if (entry.resumedByForce && ledger.isLeaving(entry.task.executorId)) {
      ResumeReason.Decommission
    } else if (entry.resumedByForce) ResumeReason.Bound
    else if (entry.resumedManually) ResumeReason.Manual
    else ResumeReason.Core

  private def tellResumed(entry: TaskEntry, reason: String, waitedFor: String = ""): Unit =
    chronicle.resumed(entry, stageOf(entry.task.taskId), reason, waitedFor)

  private def stageOf(taskId: Long): Int = managerOf(taskId).fold(-1)(_.stageId)
}

private[driver] object Suspension {
  /** For an answer's way there and back, and for an executor that is busy collecting garbage. */
  private val roundTripNs: Long = TimeUnit.MILLISECONDS.toNanos(500)
  /** One overdue task for every so many cores may run on a core too many; one in any case. */
  private val tooManyOneIn = 4
  /** How often to look whether the next overdue task can be resumed. */
  private val overdueNs: Long = TimeUnit.SECONDS.toNanos(1)
}
