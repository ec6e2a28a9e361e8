package neptune.core

import scala.collection.mutable

/** Which core is whose: the one place that knows.
 *
 * Spark's backends count a suspended task as running, so their free cores may go below zero while a
 * suspended task's core is lent. The ledger derives every executor's size from what the backend
 * offers plus what it knows to be launched there, and answers how many cores a priority may use.
 *
 * Invariants, for every executor:
 *  - idle = total - cores of tasks that hold a core, negative only after a rescue or a resumption
 *    by force;
 *  - a priority may use idle minus the cores of suspended tasks of its own or a higher priority,
 *    so that a lent core goes to a higher priority only and its owner can always come back.
 *
 * THREADING: not thread-safe; the scheduler calls it under its own lock. No clock of its own.
 */
final class CoreLedger {
  private val entries = mutable.LongMap.empty[TaskEntry]
  private val executors = mutable.LinkedHashMap.empty[String, ExecutorCores]
  /** How many live tasks a priority has; no zero entries. */
  private val liveBy = mutable.HashMap.empty[Int, Int]
  private var arrivals = 0L
  private var seqs = 0L
  private var suspending = 0
  private var suspendedTasks = 0
  private var lentNs = 0L
  private var lentMax = 0L
  private var lentNow = 0L

  /** The backend offers `freeCores` (possibly negative) on an executor. */
  def offered(executorId: String, freeCores: Long): Unit = {
    val cores = executors.getOrElseUpdate(executorId, new ExecutorCores)
    cores.total = freeCores + cores.launched
    cores.offered = true
  }

  /** The backend has offered all that it has: other executors take no new tasks (they are being
   *  decommissioned, say), though those they run may still be suspended and resumed. */
  def offeredOnly(executorIds: Set[String]): Unit =
    executors.foreachEntry((id, cores) => cores.offered = executorIds(id))

  def launched(task: LaunchedTask): TaskEntry = {
    require(!entries.contains(task.taskId), s"task ${task.taskId} was launched twice")
    arrivals += 1
    val entry = new TaskEntry(task, arrivals)
    entries(task.taskId) = entry
    liveBy(task.priority) = liveBy.getOrElse(task.priority, 0) + 1
    val cores = executors.getOrElseUpdate(task.executorId, new ExecutorCores)
    cores.launched += task.cores
    cores.tasks(task.taskId) = entry
    entry
  }

  /** Books a request to suspend.
   *
   * @return the request's number, to be sent along; None when the task is suspended or asked to
   *         be already (then only `byHand` is noted), is unknown, or can never be suspended
   */
  def requestSuspend(taskId: Long, byHand: Boolean, nowNs: Long): Option[Long] =
    entries.get(taskId).filter(_.task.suspendable).flatMap { entry =>
      entry.hand ||= byHand
      if (byHand) endPreemption(entry, nowNs)
      entry.state match {
        case TaskState.Running | TaskState.Resuming =>
          move(entry, TaskEvent.SuspendRequested)
          suspending += 1
          Some(numbered(entry, nowNs))
        case _ => None
      }
    }

  /** The executor says that the task is suspended; stale answers change nothing.
   *
   * @return whether the ledger changed
   */
  def suspended(taskId: Long, seq: Long, nowNs: Long): Boolean =
    answered(taskId, seq, TaskState.Suspending) { entry =>
      move(entry, TaskEvent.SuspendAcknowledged)
      suspending -= 1
      suspendedTasks += 1
      entry.suspensions += 1
      entry.suspendedAtNs = nowNs
      entry.preempted = !entry.hand
      if (entry.preempted) entry.preemptions += 1
      executors(entry.task.executorId).lend(entry.task)
      lentNow += entry.task.cores
      lentMax = math.max(lentMax, lentNow)
    }

  /** Books a request to resume, which takes the core back at once.
   *
   * @param byForce also when the core is not idle: the executor's idle cores may be fewer than none
   *                until a borrower has ended
   * @return the request's number, or None when the task is not suspended, or its executor has no
   *         idle core for it yet
   */
  def requestResume(taskId: Long, byForce: Boolean, nowNs: Long): Option[Long] =
    entries.get(taskId)
      .filter(e => e.state == TaskState.Suspended)
      .filter(e => byForce || idle(e.task.executorId) >= e.task.cores)
      .map { entry =>
        stopLending(entry, nowNs)
        entry.forced = byForce
        move(entry, TaskEvent.ResumeRequested)
        numbered(entry, nowNs)
      }

  /** The executor says that the task runs again; stale answers change nothing. */
  def resumed(taskId: Long, seq: Long): Boolean =
    answered(taskId, seq, TaskState.Resuming)(move(_, TaskEvent.ResumeAcknowledged))

  /** The executor had to let a suspended task run, on a core that may be lent: the executor's idle
   *  cores may be fewer than none until a borrower has ended.
   *
   * @return whether the ledger changed
   */
  def rescued(taskId: Long, seq: Long, nowNs: Long): Boolean =
    answered(taskId, seq, TaskState.Suspended) { entry =>
      stopLending(entry, nowNs)
      entry.hand = false
      move(entry, TaskEvent.Rescued)
    }

  /** A suspension by hand is taken back; the task then resumes when its core is free. */
  def releaseHand(taskId: Long): Unit = entries.get(taskId).foreach(_.hand = false)

  /** The task is over, whatever it was doing.
   *
   * @return its entry as it was, for the caller to tell the executor to forget a request
   */
  def ended(taskId: Long, nowNs: Long): Option[TaskEntry] = entries.remove(taskId).map { entry =>
    if (entry.state == TaskState.Suspended) stopLending(entry, nowNs)
    if (entry.state == TaskState.Suspending) suspending -= 1
    liveBy.updateWith(entry.task.priority)(_.map(_ - 1).filter(_ > 0))
    executors.get(entry.task.executorId).foreach { cores =>
      cores.launched -= entry.task.cores
      cores.tasks.remove(taskId)
    }
    move(entry, TaskEvent.HasEnded)
    entry
  }

  def executorLost(executorId: String, nowNs: Long): Seq[TaskEntry] = {
    val lost = tasksOn(executorId)
    lost.foreach(e => ended(e.task.taskId, nowNs))
    executors.remove(executorId)
    lost
  }

  /** Cores of the executor that no task holds. */
  def idle(executorId: String): Long = executors.get(executorId).fold(0L)(_.idle)

  /** Cores of the executor that new tasks of `priority` may take; never negative. */
  def usable(executorId: String, priority: Int): Long =
    executors.get(executorId).fold(0L)(_.usable(priority))

  /** Cores of the executor that `priority` may use once the suspensions on their way are done. */
  def usableSoon(executorId: String, priority: Int): Long =
    usable(executorId, priority) + tasksOn(executorId).iterator
      .filter(e => e.state == TaskState.Suspending && e.task.priority < priority)
      .map(_.task.cores).sum

  def get(taskId: Long): Option[TaskEntry] = entries.get(taskId)
  /** Executors that take new tasks. */
  def executorIds: Seq[String] =
    executors.iterator.collect { case (id, cores) if cores.offered => id }.toSeq
  def total(executorId: String): Long = executors.get(executorId).fold(0L)(_.total)
  def tasksOn(executorId: String): Seq[TaskEntry] =
    executors.get(executorId).fold(Seq.empty[TaskEntry])(_.tasks.values.toSeq)
  def tasks: Seq[TaskEntry] = entries.values.toSeq.sortBy(_.arrival)

  /** Suspended tasks of a priority that wait for a core, the longest known first. */
  def resumable(priority: Int): Seq[TaskEntry] =
    suspendedEntries.filter(e => e.task.priority == priority && !e.byHand)

  /** Tasks that are suspended, and not by hand. */
  def preempted: Seq[TaskEntry] = suspendedEntries.filter(_.preempted)

  def suspendedPriorities: Set[Int] = suspendedEntries.map(_.task.priority).toSet
  def hasSuspended: Boolean = suspendedTasks > 0
  def suspendedCount: Int = suspendedTasks
  def hasSuspending: Boolean = suspending > 0
  /** Whether a live task has a lower priority: else there is nobody to suspend for this one. */
  def hasBelow(priority: Int): Boolean = liveBy.keysIterator.exists(_ < priority)
  def isEmpty: Boolean = entries.isEmpty
  def size: Int = entries.size
  /** Cores that suspended tasks have lent: now, at most so far, and core-time so far. */
  def lent: Long = lentNow
  def lentAtMost: Long = lentMax
  def lentCoreNs(nowNs: Long): Double = lentNs.toDouble + suspendedEntries
    .map(e => Cores.toDouble(e.task.cores) * (nowNs - e.suspendedAtNs)).sum

  private def suspendedEntries: Seq[TaskEntry] =
    if (hasSuspended) tasks.filter(_.state == TaskState.Suspended) else Nil

  private def stopLending(entry: TaskEntry, nowNs: Long): Unit = {
    val ns = nowNs - entry.suspendedAtNs
    endPreemption(entry, nowNs)
    entry.suspendedNs += ns
    lentNs += (ns * Cores.toDouble(entry.task.cores)).toLong
    lentNow -= entry.task.cores
    suspendedTasks -= 1
    executors.get(entry.task.executorId).foreach(_.takeBack(entry.task))
  }

  private def endPreemption(entry: TaskEntry, nowNs: Long): Unit = {
    entry.preemptedNs = entry.totalPreemptedNs(nowNs)
    entry.preempted = false
  }

  private def answered(taskId: Long, seq: Long, expected: TaskState)(
      act: TaskEntry => Unit): Boolean =
    entries.get(taskId).filter(e => e.seq == seq && e.state == expected) match {
      case Some(entry) => act(entry); true
      case None => false
    }

  private def numbered(entry: TaskEntry, nowNs: Long): Long = {
    seqs += 1
    entry.currentSeq = seqs
    entry.requestedAtNs = nowNs
    seqs
  }

  private def move(entry: TaskEntry, event: TaskEvent): Unit =
    entry.currentState = TaskLife.next(entry.currentState, event)
}
