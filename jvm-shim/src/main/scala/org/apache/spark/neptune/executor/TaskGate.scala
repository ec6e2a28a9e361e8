package org.apache.spark.neptune.executor

import java.util.concurrent.CompletableFuture

import neptune.life.GateState
import neptune.protocol.{
  Cause, Gate, GateInput, GateInstruction, MemoryRelease, Message, Reprioritize}
import neptune.protocol.GateInput.{Timer => _, _}
import neptune.protocol.GateInstruction._
import neptune.time.{Clock, Timer}

import org.apache.spark.neptune.python.{WorkerControl, WorkerTask}

/** The monitor of a task's [[Gate]], where its threads wait, and the hands that do what it says.
 *
 * THREADING: requests come from the RPC dispatcher, worker events from the control server's
 * thread, `yieldPoint` and `close` from the task's thread, `kill` from whoever kills the task. All
 * that is not volatile is guarded by this monitor.
 *
 * @param report sends an answer to the driver; must not block
 */
private[neptune] final class TaskGate(
    taskId: Long,
    report: Message => Unit,
    clock: Clock,
    timer: Timer) extends GatedTask with WorkerTask {

  private val gate = new Gate[WorkerControl](taskId)
  /** What the gate says, for those who read it outside the monitor, as at every yield point. */
  @volatile private var asked = false
  @volatile private var level = gate.priority
  private var owner: Thread = _
  /** Other threads of the task's that have come here, and some that have ended since. */
  private var feeding = List.empty[Thread]
  private var memory: Option[ExecutionMemory] = None
  /** Who waits until the task has stopped, by the numbers of the requests. */
  private var waiting = List.empty[(Long, CompletableFuture[Void])]
  /** What the task itself waits for before it begins. */
  private var awaited = Option.empty[CompletableFuture[Void]]
  /** Whether the task's own thread spills, as it does only while no other is at the records. */
  private var spills = false

  /** The task starts, on the calling thread. */
  def open(taskPriority: Int, held: ExecutionMemory): Unit = synchronized {
    owner = Thread.currentThread()
    memory = Some(held)
    handle(Started(taskPriority))
  }

  /** It was made for what the driver says of a task that has not started. */
  def expect(): Unit = handle(Expected)

  /** The driver, asked whether the task is over, does not say so. */
  def stillExpect(): Unit = handle(StillExpected)

  /** The calling thread, if it is not the task's own, will take records for a Python worker, and
   *  must hold no lock yet: it waits until the task is not suspended, and does not spill.
   *
   * @return whether it is another than the task's own
   */
  def beginsToFeed(): Boolean = synchronized {
    val isOther = Thread.currentThread() ne owner
    if (isOther) othersStandStillWhile(isSuspended || spills)
    isOther
  }

  /** Completes when the task, which is asked to suspend by a request of this number, now or soon,
   *  need not be waited for any more. */
  def stop(seq: Long): CompletableFuture[Void] = synchronized {
    val stops = new CompletableFuture[Void]
    if (gate.isSettled(seq)) stops.complete(null) else waiting = (seq, stops) :: waiting
    stops
  }

  /** The task, on its thread, waits until others have stopped, or it is killed. */
  def await(stops: Seq[CompletableFuture[Void]]): Unit = {
    val all = CompletableFuture.allOf(stops: _*)
    val begins = synchronized {
      awaited = Some(all)
      // Also if it is asked to suspend: the core is another's yet.
      gate.state != GateState.Killed && gate.state != GateState.Over
    }
    try if (begins) all.get()
    catch {
      // The task finds out by itself that it is killed.
      case _: InterruptedException => Thread.currentThread().interrupt()
    } finally synchronized { awaited = None }
  }

  /** The task has another priority than it was launched with; before it starts, or after.
   *
   * @return whether that is news
   */
  def turnTo(newSeq: Long, newPriority: Int): Boolean = synchronized {
    val before = gate.prioritySeq
    receive(Reprioritize(taskId, newSeq, newPriority))
    gate.prioritySeq != before
  }

  /** The driver says something of the task. */
  def receive(message: Message): Unit = handle(Received(message))

  override def priority: Int = level

  /** A place where the task may be suspended: one volatile read when nobody asks. */
  def yieldPoint(): Unit = if (asked) suspendThread()

  /** Whether the task has started. */
  def isOpen: Boolean = synchronized(gate.hasStarted)
  override def wasAsked: Boolean = synchronized(gate.wasAsked)
  override def isAsked: Boolean = asked

  override def suspendedThread: Option[Thread] =
    synchronized(if (isSuspended) Option(owner) else None)
  override def runningThread: Option[Thread] =
    // One that waits for a victim to stop waits for nobody who is suspended.
    synchronized(if (gate.runs && awaited.isEmpty) Option(owner) else None)

  override def feeders: List[Thread] = synchronized(feeding.filter(_.isAlive))

  /** The execution memory of the task. Not under the monitor: Spark keeps that of its memory while
   *  it evicts blocks to disk. */
  def heldBytes: Long = synchronized(memory).fold(0L)(_.bytes)

  override def releaseMemory(): MemoryRelease = synchronized {
    handle(MemoryWanted)
    gate.memoryRelease
  }

  override def rescue(cause: Cause): Unit = handle(Rescue(cause))

  /** The task is killed: whoever waits here goes on, to find that out.
   *
   * @param atOnce its workers end as if they were suspended, and not when Spark sees to it
   */
  def kill(atOnce: Boolean): Unit = {
    handle(Kill(atOnce))
    synchronized(awaited).foreach(_.complete(null))
  }

  /** The task is over, or was never here. */
  def close(): Unit = handle(End)

  override def workerBegan(worker: WorkerControl): Unit = handle(WorkerBegan(worker))
  override def workerEnded(worker: WorkerControl): Unit = handle(WorkerEnded(worker))
  override def workerSuspended(worker: WorkerControl, ackedSeq: Long): Unit =
    handle(WorkerSuspended(worker, ackedSeq))
  override def workerResumed(worker: WorkerControl, ackedSeq: Long): Unit =
    handle(WorkerResumed(worker, ackedSeq))

  private def handle(input: GateInput[WorkerControl]): Unit = synchronized {
    val instructions = gate.handle(input, clock.nanoTime())
    asked = gate.isAsked
    level = gate.priority
    instructions.foreach(carryOut)
    if (waiting.nonEmpty) {
      val (settled, others) = waiting.partition { case (seq, _) => gate.isSettled(seq) }
      waiting = others
      settled.foreach { case (_, stops) => stops.complete(null) }
    }
  }

  private def carryOut(instruction: GateInstruction[WorkerControl]): Unit = instruction match {
    case Report(message) => report(message)
    case WakeThreads => notifyAll()
    case LookAtThread(seq) => handle(ThreadSeen(seq, ThreadIdleness.isIdle(owner)))
    case After(ms, due) => timer.afterMs(ms)(handle(due))
    case SuspendWorker(worker, seq) => worker.suspend(taskId, seq)
    case ResumeWorker(worker, seq) => worker.resume(taskId, seq)
    case CancelWorker(worker) => worker.cancel(taskId)
  }

  private def isSuspended: Boolean = gate.state == GateState.Suspended

  private def suspendThread(): Unit = {
    val (isOwner, stands) = synchronized((Thread.currentThread() eq owner, gate.hasThread))
    if (!isOwner) synchronized {
      // Another thread of the task, which feeds a script or a worker, say. It must not be taken for
      // the task's own, which may need it to get here; but a suspended task needs it no more.
      othersStandStillWhile(isSuspended)
    } else if (!stands) standStill()
  }

  private def othersStandStillWhile(condition: => Boolean): Unit = {
    val thread = Thread.currentThread()
    if (!feeding.contains(thread)) feeding = thread :: feeders
    if (standStillWhile(condition)) thread.interrupt()
  }

  /** The task's own thread, until the task resumes, but for the time that it spills memory. */
  private def standStill(): Unit = {
    var interrupted = false
    def wanted(): Option[ExecutionMemory] = synchronized {
      handle(ThreadStops)
      interrupted |= standStillWhile(gate.keepsThread)
      val giver = if (gate.isAsked) memory else None
      if (giver.isEmpty) handle(ThreadGoesOn)
      giver
    }
    try Iterator.continually(wanted()).takeWhile(_.isDefined).flatten.foreach(release)
    finally if (interrupted) Thread.currentThread().interrupt()
  }

  /** Outside the monitor, since it takes its time; what it spills comes by `yieldPoint`. */
  private def release(held: ExecutionMemory): Unit = {
    var done = false
    try {
      // What feeds a worker is not at rest, nor is what it takes its records from. The next one to
      // begin waits for the end of this.
      val isAtRest = synchronized {
        spills = feeders.isEmpty
        spills
      }
      val bytes = if (isAtRest) held.release() else 0L
      handle(MemoryFreed(bytes, held.bytes))
      done = true
    } finally synchronized {
      spills = false
      notifyAll()
      if (!done) handle(ThreadGoesOn)
    }
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
}
