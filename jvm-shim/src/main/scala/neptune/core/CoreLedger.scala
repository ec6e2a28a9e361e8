package neptune.core

import scala.collection.mutable

import neptune.life.{TaskEvent, TaskLife, TaskState}

/** Which core is whose: the one place that knows.
 *
 * Spark's backends count a suspended task as running, so their free cores may go below zero while a
 * suspended task's core is lent. The ledger derives every executor's size from what the backend
 * offers plus what it knows to be launched there, and answers how many cores a rank may use.
 *
 * Invariants, for every executor:
 *  - idle = total - cores of tasks that hold a core for themselves, negative only after a rescue or
 *    a resumption by force, and while a task that is launched waits for a victim to stop;
 *  - a rank may use idle minus the cores of suspended tasks of its own or a higher rank, so that a
 *    lent core goes to a higher rank only and its owner can always come back; one that is held over
 *    a limit keeps nobody from its core;
 *  - tasks that share their cores have no more than there are, whatever others hold.
 *
 * THREADING: not thread-safe; the scheduler calls it under its own lock. No clock of its own.
 */
final class CoreLedger extends ExecutorPages with LentFigures with SuspendingFigures {
  private val entries = mutable.LongMap.empty[TaskEntry]
  private[core] override val executors: mutable.LinkedHashMap[String, ExecutorCores] =
    mutable.LinkedHashMap.empty
  private val running = new RunningCounts
  private var arrivals = 0L
  private var seqs = 0L
  private var rounds = 0L
  private[core] override val suspending: SuspendingTasks = new SuspendingTasks
  private[core] override val lent: LentCores = new LentCores
  private val reviews = new Reviews(executors.get)
  private var keptNs = 0L
  private var sharedNow = 0L

  /** The backend offers `freeNanocores` (possibly negative) on an executor. */
  def offered(executorId: String, freeNanocores: Long): Unit = {
    val page = pageFor(executorId)
    val size = freeNanocores + page.launchedNanocores
    if (size > page.sizeNanocores) reviews.noteChange(page)
    if (size != page.sizeNanocores || !page.isOffered) total = None
    page.sizeNanocores = size
    page.isOffered = true
    page.round = rounds
  }

  /** A round of offers begins. */
  def beginRound(): Unit = rounds += 1

  /** The backend has offered all that it has: other executors take no new tasks (they are about to
   *  be removed, say), though those they run may still be suspended and resumed. */
  def allOffered(): Unit = executors.valuesIterator.filter(_.round != rounds).foreach { page =>
    page.isOffered = false
    total = None
  }

  def launched(task: LaunchedTask): TaskEntry = {
    require(!entries.contains(task.taskId), s"task ${task.taskId} was launched twice")
    arrivals += 1
    val page = pageFor(task.executorId)
    val entry = new TaskEntry(task, arrivals, page)
    entries(task.taskId) = entry
    page.launchedNanocores += task.nanocores
    sharedNow += page.share(task, 1)
    page.entries(task.taskId) = entry
    countRunning(entry, 1)
    task.accounts.foreach(_.add(entry, task.launchedNs))
    entry
  }

  /** Books a request to suspend, and returns its number, to be sent along; None when the task is
   *  suspended or asked to be already (then only `manual` is noted), is unknown, or can never be
   *  suspended. */
  def requestSuspend(taskId: Long, whom: SuspendedFor, nowNs: Long): Option[Long] =
    entries.get(taskId).filter(_.task.suspendable).flatMap { entry =>
      val isHeld = entry.task.rank.isHeld
      if (whom == SuspendedFor.Manual) entry.setManual(true)
      if (whom == SuspendedFor.Manual || isHeld) endPreemption(entry, nowNs)
      // A limit keeps it suspended from now on, whoever had it so before.
      entry.sharing |= isHeld && !entry.manual
      entry.state match {
        case TaskState.Running | TaskState.Resuming =>
          entry.sharing = (isHeld || whom == SuspendedFor.Sharing) && !entry.manual
          move(entry, TaskEvent.SuspendRequested)
          suspending.add(entry)
          Some(numbered(entry, nowNs))
        case _ => None
      }
    }

  /** The same, for a user or for a higher level. */
  def requestSuspend(taskId: Long, manual: Boolean, nowNs: Long): Option[Long] =
    requestSuspend(taskId, if (manual) SuspendedFor.Manual else SuspendedFor.Higher, nowNs)

  /** The executor says that the task is suspended; stale answers change nothing.
   *
   * @return whether the ledger changed
   */
  def suspended(taskId: Long, seq: Long, nowNs: Long): Boolean =
    answered(taskId, seq, TaskState.Suspending) { entry =>
      val ranNs = entry.ranNs(nowNs)
      keptNs += entry.coreNs(ranNs - entry.keptRunNs)
      entry.keptRunNs = ranNs
      move(entry, TaskEvent.SuspendAcknowledged)
      suspending.remove(taskId)
      lent.begin(entry)
      entry.suspensions += 1
      entry.suspendedAtNs = nowNs
      entry.lastSuspendNs = Some(nowNs - entry.requestedAtNs)
      entry.preempted = !entry.manual && !entry.sharing
      if (entry.preempted) entry.preemptions += 1
      entry.page.lend(entry.task)
      reviews.noteSuspended(entry.page)
      entry.task.accounts.foreach(_.moved(entry, nowNs))
    }

  /** What the task was held up so far counts no more. */
  def madeGood(taskId: Long): Unit = entries.get(taskId).foreach { entry =>
    entry.preemptions = 0
    entry.preemptedNs = 0L
  }

  /** The task's present suspension counts as one for higher levels, which leave its own none. */
  def heldUp(taskId: Long): Unit = entries.get(taskId).filter(_.isHeldForSharing)
    .foreach { entry =>
      entry.sharing = false
      entry.preempted = true
      entry.preemptions += 1
    }

  /** The executor does not answer: the task's core is not to be waited for, though it may still
   *  come. */
  def late(taskId: Long): Unit = suspending.remove(taskId)

  /** Books a request to resume, which takes the core back at once. A task that is held over a limit
   *  is resumed by force only.
   *
   * @param byForce also when the core is not idle: the executor's idle cores may be fewer than none
   *                until a borrower has ended
   * @return the request's number, or None when the task is not suspended, or its executor has no
   *         idle core for it yet
   */
  def requestResume(taskId: Long, byForce: Boolean, nowNs: Long): Option[Long] =
    entries.get(taskId)
      .filter(e => e.state == TaskState.Suspended)
      .filter(e => byForce ||
        !e.task.rank.isHeld && idleNanocores(e.task.executorId) >= e.task.nanocores)
      .map { entry =>
        // Only somebody else takes a suspension back that is not the scheduler's own.
        entry.manuallyResumed = !entry.preempted && !entry.sharing
        entry.forced = byForce
        entry.rescuesInRow = 0
        runAgain(entry, TaskEvent.ResumeRequested, nowNs)
        numbered(entry, nowNs)
      }

  /** The executor says that the task runs again; stale answers change nothing. */
  def resumed(taskId: Long, seq: Long): Boolean =
    answered(taskId, seq, TaskState.Resuming)(move(_, TaskEvent.ResumeAcknowledged))

  /** The executor had to let a suspended task run, on a core that may be lent: the executor's idle
   *  cores may be fewer than none until a borrower has ended. The suspension helped nobody, and
   *  does not count as one of those that a task may have.
   *
   * @return whether the ledger changed
   */
  def rescued(taskId: Long, seq: Long, nowNs: Long): Boolean =
    answered(taskId, seq, TaskState.Suspended, TaskState.Suspending) { entry =>
      if (entry.preempted) entry.preemptions -= 1
      entry.setManual(false)
      entry.rescuesInRow += 1
      entry.rescuedAtNs = nowNs
      runAgain(entry, TaskEvent.Rescued, nowNs)
    }

  /** The executor says that the task was killed when it was to suspend: it holds its core until it
   *  ends, which may take any time.
   *
   * @return whether the ledger changed
   */
  def killed(taskId: Long, seq: Long, nowNs: Long): Boolean =
    answered(taskId, seq, TaskState.Suspended, TaskState.Suspending) { entry =>
      entry.setManual(false)
      entry.killed = true
      runAgain(entry, TaskEvent.Rescued, nowNs)
    }

  /** Gives up on the cores of tasks that were asked to suspend before `atNs`, though they may still
   *  come. */
  def lateSince(atNs: Long): Unit = suspending.giveUpSince(atNs)

  /** A manual suspension is taken back; the task then resumes when its core is free. */
  def releaseManual(taskId: Long): Unit = entries.get(taskId).foreach { entry =>
    entry.setManual(false)
    reviews.noteRelease(entry.task.executorId)
  }

  /** The task has another priority from now on: what it waits for, and who waits for it, is other.
   *  It is within its new level until it is [[ranked]].
   *
   * @return the number under which its executor is to be told, if anything changes
   */
  def reprioritized(taskId: Long, priority: Int): Option[Long] =
    entries.get(taskId).filter(_.task.priority != priority).map { entry =>
      val rank = if (entry.task.rank.isHeld) Rank.held else Rank.within(priority)
      reorder(entry, entry.task.copy(priority = priority, rank = rank))
      toldAnew(entry)
    }

  /** While the task is suspended, anybody may have its core, and is not to wait for what it holds;
   *  or not so any more.
   *
   * @return the number under which its executor is to be told, if that is news
   */
  def belowAll(taskId: Long, isBelow: Boolean): Option[Long] =
    entries.get(taskId).filter(_.below != isBelow).map { entry =>
      entry.below = isBelow
      toldAnew(entry)
    }

  private def toldAnew(entry: TaskEntry): Long = {
    seqs += 1
    entry.priorityAsked = seqs
    seqs
  }

  /** The task has another rank of its level from now on, or is held, or no more. Its executor need
   *  not know.
   *
   * @return whether anything changes
   */
  def ranked(taskId: Long, rank: Rank): Boolean =
    entries.get(taskId).filter(_.task.rank != rank).exists { entry =>
      reorder(entry, entry.task.copy(rank = rank))
      true
    }

  /** The task's cores are booked on these accounts from now on, and on no others. */
  def accounted(taskId: Long, accounts: Seq[Account], nowNs: Long): Unit =
    entries.get(taskId).foreach { entry =>
      entry.task.accounts.foreach(_.remove(entry, nowNs))
      entry.current = entry.task.copy(accounts = accounts)
      accounts.foreach(_.add(entry, nowNs))
    }

  private def reorder(entry: TaskEntry, task: LaunchedTask): Unit = {
    val (page, lends) = (entry.page, entry.state == TaskState.Suspended)
    if (entry.isRunning) countRunning(entry, -1)
    if (lends) {
      lent.count(entry, -1)
      page.takeBack(entry.task)
    }
    entry.task.accounts.foreach(_.rank(entry, -1))
    entry.current = task
    entry.task.accounts.foreach(_.rank(entry, 1))
    if (entry.isRunning) countRunning(entry, 1)
    if (lends) {
      lent.count(entry, 1)
      page.lend(entry.task)
    }
    // Whoever was kept from an idle core by this one may get it now, or this one itself.
    reviews.noteChange(page)
    reviews.noteReorder(page.executorId)
  }

  /** The task is over, whatever it was doing.
   *
   * @return its entry as it was, for the caller to tell the executor to forget a request
   */
  def ended(taskId: Long, nowNs: Long): Option[TaskEntry] = entries.remove(taskId).map { entry =>
    entry.task.accounts.foreach(_.remove(entry, nowNs))
    entry.current = entry.task.copy(accounts = Nil)
    if (entry.state == TaskState.Suspended) stopLending(entry, nowNs)
    suspending.remove(taskId)
    val page = entry.page
    page.launchedNanocores -= entry.task.nanocores
    sharedNow += page.share(entry.task, -1)
    page.entries.remove(taskId)
    reviews.noteChange(page)
    move(entry, TaskEvent.HasEnded)
    entry
  }

  /** The executor is to end when its tasks have: it takes no new ones from now on. */
  def leaving(executorId: String): Unit = executors.get(executorId).foreach { page =>
    page.leaving = true
    total = None
  }

  def executorLost(executorId: String, nowNs: Long): Seq[TaskEntry] = {
    val lost = tasksOn(executorId)
    lost.foreach(e => ended(e.task.taskId, nowNs))
    executors.remove(executorId)
    total = None
    reviews.executorLost(executorId)
    lost
  }

  def get(taskId: Long): Option[TaskEntry] = entries.get(taskId)
  def taskIds: Seq[Long] = entries.keysIterator.toList
  def tasks: Seq[TaskEntry] = live.toList.sortBy(_.arrival)
  /** The same in no order: they may be many. */
  def live: Iterator[TaskEntry] = entries.valuesIterator

  /** Suspended tasks of a rank that wait for a core, the longest known first; only of executors
   *  where something has changed since the last [[allConsidered]]. */
  def resumable(rank: Rank): Seq[TaskEntry] = reviews.resumable(rank)

  /** Every suspended task has been considered for every idle core. */
  def allConsidered(): Unit = reviews.allConsidered()
  /** Whether one may have got a core since. */
  def isToConsider: Boolean = reviews.areDue

  /** Suspended tasks, and not manually, of executors where ranks have changed since they were last
   *  in order, and where a lower task has a core. */
  def outOfOrder: Seq[TaskEntry] = reviews.outOfOrder

  /** Executors where more tasks hold a core than there are. */
  def crowded: Seq[ExecutorCores] = reviews.crowded

  /** Whether a running task has a lower rank: else there is nobody to suspend for this one. */
  def hasRunningBelow(rank: Rank): Boolean = running.lowest < rank
  def isEmpty: Boolean = entries.isEmpty
  def size: Int = entries.size
  /** Cores that tasks share with others now. */
  def sharedNanocores: Long = sharedNow

  /** Core-time of tasks up to their last suspension, which killing them in its place would have
   *  thrown away. */
  def keptCoreNs: Long = keptNs

  private def pageFor(id: String): ExecutorCores =
    executors.getOrElseUpdate(id, new ExecutorCores(id))

  /** The task has its core again, if it had lent it at all. */
  private def runAgain(entry: TaskEntry, event: TaskEvent, nowNs: Long): Unit = {
    val lends = entry.state == TaskState.Suspended
    if (lends) stopLending(entry, nowNs) else suspending.remove(entry.task.taskId)
    entry.sharing = false
    entry.runsSinceNs = nowNs
    move(entry, event)
    if (lends) entry.task.accounts.foreach(_.moved(entry, nowNs))
    reviews.noteCrowd(entry.page)
  }

  private def stopLending(entry: TaskEntry, nowNs: Long): Unit = {
    lent.end(entry, nowNs)
    endPreemption(entry, nowNs)
    entry.suspendedNs += nowNs - entry.suspendedAtNs
    entry.page.takeBack(entry.task)
  }

  private def endPreemption(entry: TaskEntry, nowNs: Long): Unit = {
    entry.preemptedNs = entry.totalPreemptedNs(nowNs)
    entry.preempted = false
    entry.sharing = false
  }

  private def answered(taskId: Long, seq: Long, expected: TaskState*)(
      act: TaskEntry => Unit): Boolean =
    entries.get(taskId).filter(e => e.seq == seq && expected.contains(e.state)) match {
      case Some(entry) => act(entry); true
      case None => false
    }

  private def numbered(entry: TaskEntry, nowNs: Long): Long = {
    seqs += 1
    entry.currentSeq = seqs
    entry.requestedAtNs = nowNs
    seqs
  }

  private def move(entry: TaskEntry, event: TaskEvent): Unit = {
    val ran = entry.isRunning
    entry.currentState = TaskLife.next(entry.currentState, event)
    if (ran != entry.isRunning) {
      val sign = if (ran) -1 else 1
      countRunning(entry, sign)
      entry.task.accounts.foreach(_.runs(entry, sign))
    }
  }

  private def countRunning(entry: TaskEntry, more: Int): Unit = {
    running.add(entry.task.rank, more)
    entry.page.running.add(entry.task.rank, more)
  }
}
