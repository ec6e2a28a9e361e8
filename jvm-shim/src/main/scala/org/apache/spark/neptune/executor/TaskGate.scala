package org.apache.spark.neptune.executor

import scala.collection.mutable

import neptune.protocol.{
  Cause, GaveBack, Killed, MemoryGiven, Message, Rescued, Resumed, Suspend, Suspended}

import org.apache.spark.neptune.python.{WorkerControl, WorkerTask}

/** One task's gate on its executor: it stands open until the driver asks to suspend the task.
 *
 * A task is suspended when its thread waits here, or, if Python workers run parts of it, when all
 * of them are suspended and its thread waits here or for them. If that is not so when the
 * time-out is over, the core is reported lent all the same and the task suspends when it gets
 * to a yield point.
 *
 * While the thread waits here it can be asked to give back execution memory, once in a suspension.
 *
 * Invariants, guarded by the gate's monitor: `asked` holds from a suspend to the next resume,
 * kill or close; a request is answered with its own number, and again
 * only if it is sent again (`answered`, `said`); one that is older than another that came is void.
 *
 * THREADING: requests come from the RPC dispatcher, worker events from the control server's
 * thread, `yieldPoint` and `close` from the task's thread, `kill` from whoever kills the task.
 *
 * @param report sends an answer to the driver; must not block
 * @param after runs a block once after some milliseconds
 */
private[neptune] final class TaskGate(
    taskId: Long,
    report: Message => Unit,
    after: (Long, () => Unit) => Unit) extends GatedTask with WorkerTask {

  /** Read at every yield point, hence outside the monitor. */
  @volatile private var asked = false
  private var owner: Thread = _
  @volatile private var level = Int.MinValue
  /** The number of the newest word from the driver on the task's priority. */
  private var levelSeq = 0L
  private var seq = 0L
  private var requestedAtNs = 0L
  private var answered = true
  /** What was last said of the request; the driver may not have got it. */
  private var said = Option.empty[Message]
  /** Whether the driver knows of the last rescue. */
  private var heard = true
  private var threadSuspended = false
  private var memory: Option[HeldMemory] = None
  private var memoryGiven: MemoryGiven = MemoryGiven.NotAsked
  private var over = false
  private var cancelled = false
  /** Workers that run parts of the task, and whether each is suspended. */
  private val workers = mutable.LinkedHashMap.empty[WorkerControl, Boolean]

  /** The task starts, on the calling thread. */
  def open(taskPriority: Int, held: HeldMemory): Unit = synchronized {
    owner = Thread.currentThread()
    memory = Some(held)
    if (levelSeq == 0L) level = taskPriority
  }

  /** The task has another priority than it was launched with; before it starts, or after.
   *
   * @return whether that is news
   */
  def turnTo(newSeq: Long, newPriority: Int): Boolean = synchronized {
    val news = newSeq > levelSeq
    if (news) {
      levelSeq = newSeq
      level = newPriority
    }
    news
  }

  /** The task's priority, once it has started. */
  def priority: Int = level

  /** A place where the task may be suspended: one volatile read when nobody asks. */
  def yieldPoint(): Unit = if (asked) suspendThread()

  /** Whether the task has started. */
  def isOpen: Boolean = synchronized(owner != null)

  def suspend(newSeq: Long, timeoutMs: Long): Unit = synchronized {
    // The driver must not wait for its core: some don't heed that they were killed.
    if (over) report(Killed(taskId, newSeq))
    if (isNew(newSeq)) {
      request(newSeq)
      asked = true
      memoryGiven = MemoryGiven.NotAsked
      workers.keys.foreach { worker =>
        workers(worker) = false
        worker.suspend(taskId, seq)
      }
      answerIfSuspended()
    }
    // A request that had no time-out may come again with one.
    if (newSeq == seq && !answered && timeoutMs != Suspend.NoTimeout) {
      after(timeoutMs, () => lendAnyway(newSeq))
    }
  }

  def resume(newSeq: Long): Unit = synchronized {
    if (isNew(newSeq)) {
      request(newSeq)
      asked = false
      workers.keys.foreach(_.resume(taskId, seq))
      notifyAll()
      answerIfResumed()
    }
  }

  /** Whether the driver has ever wanted the task suspended. */
  def wasAsked: Boolean = synchronized(seq > 0)

  /** Whether the driver wants the task suspended. */
  def isAsked: Boolean = asked

  /** The thread of the task, if it stands still for the driver. */
  def suspendedThread: Option[Thread] = synchronized {
    if (asked && answered) Option(owner) else None
  }

  /** The thread of the task, if nobody asked to suspend it. */
  def runningThread: Option[Thread] = synchronized(if (asked || over) None else Option(owner))

  /** Asks a suspended task, for which another waits, to give back execution memory.
   *
   * @return how far it is with that
   */
  def giveBackMemory(): MemoryGiven = synchronized {
    if (memoryGiven == MemoryGiven.NotAsked && asked && threadSuspended) {
      memoryGiven = MemoryGiven.Asked
      notifyAll()
    }
    memoryGiven
  }

  /** Lets a suspended task run, unasked; the driver books its core. */
  def rescue(cause: Cause): Unit = synchronized {
    if (asked && answered) {
      asked = false
      workers.keys.foreach(_.resume(taskId, seq))
      notifyAll()
      heard = false
      tellOfRescue(seq, cause)
    }
  }

  /** The driver knows that the task was rescued. */
  def rescueHeard(rescuedSeq: Long): Unit = synchronized {
    if (rescuedSeq == seq) heard = true
  }

  /** A newer request tells that the driver does not go by the old state any more. */
  private def tellOfRescue(rescuedSeq: Long, cause: Cause): Unit = synchronized {
    if (!over && !heard && seq == rescuedSeq) {
      answer(Rescued(taskId, seq, cause))
      after(TaskGate.againMs, () => tellOfRescue(rescuedSeq, cause))
    }
  }

  /** The task is killed: whoever waits here goes on, to find that out.
   *
   * @param atOnce its workers end as if they were suspended, and not when Spark sees to it
   */
  def kill(atOnce: Boolean): Unit = synchronized {
    // One that is suspended already has lent its core, and hardly takes it back before it ends.
    if (asked && !answered && !over) report(Killed(taskId, seq))
    cancelled = asked || atOnce
    if (cancelled) workers.keys.foreach(_.cancel(taskId))
    finish()
  }

  /** The task is over, or was never here. A worker that is still suspended must go on to see it. */
  def close(): Unit = synchronized {
    if (asked) workers.keys.foreach(_.resume(taskId, seq))
    finish()
  }

  def workerBegan(worker: WorkerControl): Unit = synchronized {
    workers(worker) = false
    if (asked) worker.suspend(taskId, seq)
    if (cancelled) worker.cancel(taskId)
  }

  def workerEnded(worker: WorkerControl): Unit = synchronized {
    workers.remove(worker)
    answerIfSuspended()
    answerIfResumed()
  }

  def workerSuspended(worker: WorkerControl, ackedSeq: Long): Unit = synchronized {
    if (asked && ackedSeq == seq && workers.contains(worker)) {
      workers(worker) = true
      answerIfSuspended()
    }
  }

  def workerResumed(worker: WorkerControl, ackedSeq: Long): Unit = synchronized {
    if (!asked && ackedSeq == seq && workers.contains(worker)) {
      workers(worker) = false
      answerIfResumed()
    }
  }

  private def suspendThread(): Unit =
    if (Thread.currentThread() ne owner) synchronized {
      // Another thread of the task, which feeds a script or a worker, say. It must not be taken for
      // the task's own, which may need it to get here; but a suspended task needs it no more.
      if (standStillWhile(asked && answered)) Thread.currentThread().interrupt()
    } else if (!threadSuspended) standStill()

  /** The task's own thread, until the task resumes, but for the time that it spills memory. */
  private def standStill(): Unit = {
    var interrupted = false
    def wanted(): Option[HeldMemory] = synchronized {
      threadSuspended = asked
      answerIfSuspended()
      interrupted |= standStillWhile(asked && memoryGiven != MemoryGiven.Asked)
      val giver = if (asked) memory else None
      if (giver.isEmpty) goOn()
      giver
    }
    try Iterator.continually(wanted()).takeWhile(_.isDefined).flatten.foreach(giveBack)
    finally if (interrupted) Thread.currentThread().interrupt()
  }

  private def goOn(): Unit = {
    threadSuspended = false
    answerIfResumed()
  }

  /** Outside the monitor, since it takes its time; what it spills comes by `yieldPoint`. */
  private def giveBack(held: HeldMemory): Unit = {
    var done = false
    try {
      val bytes = held.giveBack()
      val kept = held.bytes
      synchronized {
        memoryGiven = MemoryGiven.Given(kept)
        report(GaveBack(taskId, seq, bytes))
      }
      done = true
    } finally if (!done) synchronized(goOn())
  }

  /** @return whether the thread was interrupted meanwhile */
  private def standStillWhile(condition: => Boolean): Boolean = {
    var interrupted = false
    while (condition) {
      try wait()
      catch { case _: InterruptedException => interrupted = true }
    }
    interrupted
  }

  /** Whether it is a newer request than any before; one that was answered is answered again. */
  private def isNew(newSeq: Long): Boolean = {
    if (!over && newSeq == seq) said.foreach(report)
    !over && newSeq > seq
  }

  private def request(newSeq: Long): Unit = {
    seq = newSeq
    said = None
    requestedAtNs = System.nanoTime()
    answered = false
  }

  private def finish(): Unit = {
    over = true
    asked = false
    notifyAll()
  }

  private def answerIfSuspended(): Unit = if (asked && !answered) {
    val workersSuspended = workers.nonEmpty && workers.values.forall(identity)
    if (workersSuspended && !threadSuspended && !ThreadIdleness.isIdle(owner)) {
      // It will reach a yield point, or wait for its workers without passing one.
      val current = seq
      after(1L, () => synchronized { if (seq == current) answerIfSuspended() })
    } else if (workersSuspended || (workers.isEmpty && threadSuspended)) {
      answer(Suspended(taskId, seq, System.nanoTime() - requestedAtNs, overdue = false))
    }
  }

  private def lendAnyway(requestSeq: Long): Unit = synchronized {
    if (asked && !answered && seq == requestSeq) {
      answer(Suspended(taskId, seq, System.nanoTime() - requestedAtNs, overdue = true))
    }
  }

  private def answerIfResumed(): Unit =
    if (!asked && !answered && !over && !threadSuspended && !workers.values.exists(identity)) {
      answer(Resumed(taskId, seq, System.nanoTime() - requestedAtNs))
    }

  private def answer(message: Message): Unit = {
    answered = true
    said = Some(message)
    report(message)
  }
}

private[neptune] object TaskGate {
  /** How often the driver is told of a rescue, until it says that it has heard. */
  private val againMs = 500L
}
