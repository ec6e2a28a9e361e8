package org.apache.spark.neptune.driver

import java.util.concurrent.TimeUnit

import scala.collection.mutable

import neptune.core.{CoreLedger, StarvationBound, TaskEntry}
import neptune.life.TaskState
import neptune.protocol.{
  Forget, Heard, Killed, Message, Requests, Rescued, Resume, Resumed, Suspend, Suspended}
import neptune.time.Clock

import org.apache.spark.scheduler.{SparkListenerEvent, TaskSetManager}

/** Books suspensions and resumptions in the ledger, tells executors and listeners.
 *
 * THREADING: under the scheduler's lock.
 *
 * @param memoryShare what suspended tasks may hold of an executor's heap, and of its machine's memory
 */
private[driver] final class Suspension(
    ledger: CoreLedger,
    agents: Agents,
    statistics: Statistics,
    timeoutMs: Long,
    bound: StarvationBound,
    memoryShare: Double,
    wakeWithin: Long => Unit,
    post: SparkListenerEvent => Unit,
    managerOf: Long => Option[TaskSetManager],
    clock: Clock) {

  /** When a suspended task's time is over, if any is suspended for others. */
  private var nextBoundNs = Option.empty[Long]
  /** Tasks that are being resumed for what they hold beside cores. */
  private val holders = mutable.HashSet.empty[Long]
  /** An executor answers a request within the time-out, unless it is by hand. */
  private val unanswered =
    new Requests[Message](TimeUnit.MILLISECONDS.toNanos(timeoutMs) + Suspension.patienceNs)

  /** Whether the task can be told to suspend: not if it is a barrier task, or has no agent. */
  def canSuspend(entry: TaskEntry): Boolean =
    entry.task.suspendable && agents.knows(entry.task.executorId)

  def suspend(taskId: Long, byHand: Boolean): Unit =
    ledger.get(taskId).filter(canSuspend).foreach { entry =>
      if (!byHand && bound.isMadeGood(entry, clock.nanoTime())) ledger.madeGood(taskId)
      ledger.requestSuspend(taskId, byHand, clock.nanoTime()).foreach { seq =>
        holders.remove(taskId)
        // Nobody waits for the core of a task that is suspended by hand: it may take its time.
        val timeout = if (byHand) Suspend.NoTimeout else timeoutMs
        ask(entry, Suspend(taskId, seq, timeout), isUrgent = !byHand)
      }
    }

  /** Takes a suspension by hand back. One that is still on its way is from now on waited for like
   *  any other: the task may wait for what a suspended one holds, and that one for its core. */
  def releaseHand(taskId: Long): Unit = {
    ledger.releaseHand(taskId)
    ledger.get(taskId).filter(_.state == TaskState.Suspending).foreach { entry =>
      ask(entry, Suspend(taskId, entry.seq, timeoutMs), isUrgent = true)
    }
  }

  /** Whether the task may be suspended for others once more. If it is only to be left alone for a
   *  while, for somebody asks for its core now, there is a round when that is over. */
  def mayPreempt(entry: TaskEntry): Boolean =
    canSuspend(entry) && !entry.isKilled && !unanswered.isSilent(entry.task.executorId) &&
      hasRoom(entry.task.executorId) && {
        val now = clock.nanoTime()
        val left = math.max(entry.restNs(now), bound.barsForNs(entry, now))
        if (left > 0 && left < Long.MaxValue) wakeWithin(left)
        left <= 0
      }

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

  /** Resumes the tasks that have been suspended for as long as a task may be: on an idle core, else on
   *  a core too many, as long as these are few on an executor. The others come next. */
  def resumeOverdue(): Unit = {
    val now = clock.nanoTime()
    if (nextBoundNs.exists(_ - now <= 0)) {
      val (over, others) = ledger.preempted.toSeq.partition(bound.leftNs(_, now) <= 0)
      val (some, waiting) = over.partition(resumesOverdue)
      some.foreach(_ => statistics.bounded())
      nextBoundNs = (others.map(bound.leftNs(_, now)) ++
        waiting.headOption.map(_ => Suspension.overdueNs)).minOption.map(now + _)
    }
    // Again in each round: a timer that is due earlier drops this wish.
    nextBoundNs.foreach(due => wakeWithin(due - now))
  }

  private def resumesOverdue(entry: TaskEntry): Boolean = {
    val executorId = entry.task.executorId
    val idle = ledger.idle(executorId)
    val most = ledger.total(executorId) / Suspension.tooManyOneIn
    val may = idle >= 0 || idle - entry.task.cores >= -most
    if (may) resume(entry.task.taskId, byForce = true)
    may
  }

  /** Sees to it that there is a round when the next task has been suspended for long enough. */
  private def expectBound(nowNs: Long, leftNs: Long): Unit =
    if (nextBoundNs.forall(nowNs + leftNs - _ < 0)) {
      nextBoundNs = Some(nowNs + leftNs)
      wakeWithin(leftNs)
    }

  private def resume(taskId: Long, byForce: Boolean): Unit =
    ledger.requestResume(taskId, byForce, clock.nanoTime()).foreach { seq =>
      ledger.get(taskId).foreach(ask(_, Resume(taskId, seq), isUrgent = false))
    }

  private def ask(entry: TaskEntry, request: Message, isUrgent: Boolean): Unit = {
    val now = clock.nanoTime()
    val executorId = entry.task.executorId
    unanswered.sent(entry.task.taskId, executorId, request, isUrgent, now)
    agents.send(executorId, request)
    unanswered.dueInNs(now).foreach(wakeWithin)
  }

  /** Sends again what was not answered in time. Others go on without the core that an executor
   *  owes: it may be long in answering. */
  def askAgain(): Unit = {
    val now = clock.nanoTime()
    unanswered.due(now).foreach { request =>
      ledger.late(request.taskId)
      agents.send(request.executorId, request.message)
    }
    unanswered.dueInNs(now).foreach(wakeWithin)
  }

  /** @return whether a core became free */
  def suspended(answer: Suspended): Boolean = {
    val now = clock.nanoTime()
    val news = ledger.suspended(answer.taskId, answer.seq, now)
    if (news) ledger.get(answer.taskId).foreach { entry =>
      unanswered.settled(answer.taskId)
      if (!entry.byHand) expectBound(now, bound.leftNs(entry, now))
      statistics.suspended(answer.latencyNs, now - entry.lastRequestNs, answer.overdue)
      post(SparkListenerTaskSuspended(
        answer.taskId, stageOf(answer.taskId), entry.task.executorId, entry.task.priority,
        clock.getTimeMillis(), entry.byHand, entry.timesSuspended))
    }
    news
  }

  /** @return whether the task may be a victim again */
  def resumed(answer: Resumed): Boolean = {
    val now = clock.nanoTime()
    val news = ledger.resumed(answer.taskId, answer.seq)
    if (news) ledger.get(answer.taskId).foreach { entry =>
      unanswered.settled(answer.taskId)
      statistics.resumed(answer.latencyNs, now - entry.lastRequestNs)
      val reason =
        if (holders.remove(answer.taskId)) "resource"
        else if (entry.resumedByForce) "bound"
        else "core"
      postResumed(entry, reason)
    }
    news
  }

  /** @return whether a task took its core back unasked */
  def rescued(report: Rescued): Boolean = {
    val entry = ledger.get(report.taskId)
    val wasSuspended = entry.exists(_.state == TaskState.Suspended)
    val news = ledger.rescued(report.taskId, report.seq, clock.nanoTime())
    if (news) {
      unanswered.settled(report.taskId)
      statistics.rescued()
      // Nobody was told of a suspension whose acknowledgement is still on its way.
      if (wasSuspended) entry.foreach(postResumed(_, "rescue", report.cause.name))
    }
    entry.foreach(e => agents.send(e.task.executorId, Heard(report.taskId, report.seq)))
    news
  }

  /** @return whether a task took its core back, or will not give it */
  def killed(report: Killed): Boolean = {
    val news = ledger.killed(report.taskId, report.seq, clock.nanoTime())
    if (news) unanswered.settled(report.taskId)
    news
  }

  /** The task is over; an executor that was asked something of it may keep a gate for it. */
  def ended(taskId: Long): Unit = {
    if (ledger.get(taskId).exists(_.state == TaskState.Resuming)) statistics.resumedAndEnded()
    ledger.ended(taskId, clock.nanoTime()).filter(_.wasTold).foreach { entry =>
      agents.send(entry.task.executorId, Forget(taskId))
    }
    lost(taskId)
  }

  /** The task is over, and its executor with it. */
  def lost(taskId: Long): Unit = {
    unanswered.settled(taskId)
    holders.remove(taskId)
  }

  private def postResumed(entry: TaskEntry, reason: String, waitedFor: String = ""): Unit =
    post(SparkListenerTaskResumed(
      entry.task.taskId, stageOf(entry.task.taskId), entry.task.executorId, entry.task.priority,
      clock.getTimeMillis(), entry.byHand, reason, waitedFor))

  private def stageOf(taskId: Long): Int = managerOf(taskId).fold(-1)(_.stageId)
}

private[driver] object Suspension {
  /** For an answer's way there and back, and for an executor that is busy collecting garbage. */
  private val patienceNs: Long = TimeUnit.MILLISECONDS.toNanos(500)
  /** One overdue task for every so many cores may run on a core too many; one in any case. */
  private val tooManyOneIn = 4
  /** How often to look whether the next overdue task can be resumed. */
  private val overdueNs: Long = TimeUnit.SECONDS.toNanos(1)
}
