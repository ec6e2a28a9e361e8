package neptune.protocol

import scala.collection.mutable

import neptune.life.{GateEvent, GateLife, GateState}

/** One task's gate on its executor: it stands open until the driver asks to suspend the task. It is
 *  the executor's half of the protocol, whose other half is [[DriverSide]].
 *
 * An event goes in, with its time, and what is to be done comes out, to be carried out in this
 * order.
 *
 * A task is suspended when its thread waits here, or, if Python workers run parts of it, when all
 * of them are suspended and its thread waits here or for them. If that is not so when the
 * time-out is over, the core is reported lent all the same and the task suspends when it gets
 * to a yield point.
 *
 * While the thread waits here it can be asked to release execution memory, once in a suspension.
 *
 * Invariants: a request is answered with its own number, and again only if it is sent again
 * (`lastReply`); one that is older than another that came is void; a gate that is over or killed
 * stays so. A request may come before its task has started, or after it has ended: the gate then
 * waits, and asks the driver, now and then, whether the task is over (a probe).
 *
 * THREADING: not thread-safe; guarded by its user's monitor. No clock of its own.
 *
 * @tparam W the Python workers that run parts of the task
 */
final class Gate[W](taskId: Long) {
  import GateInput._
  import GateInstruction._
  private type Instructions = Seq[GateInstruction[W]]

  private var current: GateState = GateState.Open
  /** Number and time of the newest request, and the last reply to it, which may be lost. */
  private var seq = 0L
  private var requestedAtNs = 0L
  private var lastReply = Option.empty[Message]
  private var isStarted = false
  private var threadStands = false
  private var released: MemoryRelease = MemoryRelease.NotAsked
  /** The task's workers are to end, those that are yet to begin as well. */
  private var cancelsWorkers = false
  /** The priority in force, and the number of the driver's newest word on it. */
  private var currentPriority = Int.MinValue
  private var currentPrioritySeq = 0L
  /** Workers that run parts of the task, and whether each is suspended. */
  private val workers = mutable.LinkedHashMap.empty[W, Boolean]

  def state: GateState = current
  /** Whether the driver wants the task suspended. */
  def isAsked: Boolean = state == GateState.Suspending || state == GateState.Suspended
  /** Whether the driver has ever wanted the task suspended, or resumed. */
  def wasAsked: Boolean = seq > 0
  def hasStarted: Boolean = isStarted
  /** Whether the task, which is asked to suspend by a request of this number, need not be waited
   *  for any more: it has stopped, or is over, or its time is, or another request has come. */
  def isSettled(askedSeq: Long): Boolean =
    isOver || seq > askedSeq || seq == askedSeq && state != GateState.Suspending
  /** Whether the task runs or may do so, as far as the driver is concerned. */
  def runs: Boolean = !isAsked && !isOver
  /** The task's priority, once it has started. */
  def priority: Int = currentPriority
  /** The number under which the driver has last set it; 0: never. */
  def prioritySeq: Long = currentPrioritySeq
  /** Whether the task's own thread stands here, or spills what it was asked to. */
  def hasThread: Boolean = threadStands
  /** Whether the task's own thread, which stands here, is to stay. */
  def keepsThread: Boolean = isAsked && released != MemoryRelease.Asked
  /** How far the task is with releasing execution memory. */
  def memoryRelease: MemoryRelease = released

  def handle(event: GateInput[W], nowNs: Long): Seq[GateInstruction[W]] = event match {
    case Received(message) => received(message, nowNs)
    case Expected | StillExpected => Seq(After(Gate.probeAfterMs, ProbeDue))
    case ProbeDue =>
      if (!isStarted && state != GateState.Over) Seq(Report(IsOver(taskId))) else Nil
    case Started(priority) =>
      isStarted = true
      if (currentPrioritySeq == 0L) currentPriority = priority
      Nil
    case ThreadStops =>
      threadStands = isAsked
      answerIfSuspended(nowNs)
    case ThreadGoesOn =>
      threadStands = false
      answerIfResumed(nowNs)
    case ThreadSeen(seenSeq, isIdle) => threadSeen(seenSeq, isIdle, nowNs)
    case LookAgain(dueSeq) => if (dueSeq == seq) answerIfSuspended(nowNs) else Nil
    case MemoryWanted => memoryWanted()
    case MemoryFreed(bytes, keptBytes) =>
      released = MemoryRelease.Done(keptBytes)
      Seq(Report(MemoryReleased(taskId, seq, bytes)))
    case TimeIsOver(dueSeq) =>
      if (state == GateState.Suspending && dueSeq == seq) {
        answer(GateEvent.TimedOut, Suspended(taskId, seq, nowNs - requestedAtNs, overdue = true))
      } else Nil
    case Rescue(cause) => rescue(cause)
    case ReportRescueAgain(dueSeq, cause) =>
      if (state == GateState.Rescued && dueSeq == seq) reportRescue(cause) else Nil
    case Kill(atOnce) => kill(atOnce)
    case End =>
      // A worker that is still suspended must go on to see it.
      val resumed = if (isAsked) tellWorkers(ResumeWorker(_, seq)) else Nil
      move(GateEvent.Ended)
      resumed :+ WakeThreads
    case WorkerBegan(worker) =>
      workers(worker) = false
      val asked = if (isAsked) Seq(SuspendWorker(worker, seq)) else Nil
      if (cancelsWorkers) asked :+ CancelWorker(worker) else asked
    case WorkerEnded(worker) =>
      workers.remove(worker)
      answerIfSuspended(nowNs) ++ answerIfResumed(nowNs)
    case WorkerSuspended(worker, ackedSeq) =>
      if (isAsked && ackedSeq == seq && workers.contains(worker)) {
        workers(worker) = true
        answerIfSuspended(nowNs)
      } else Nil
    case WorkerResumed(worker, ackedSeq) =>
      if (!isAsked && ackedSeq == seq && workers.contains(worker)) {
        workers(worker) = false
        answerIfResumed(nowNs)
      } else Nil
  }

  private def received(message: Message, nowNs: Long): Instructions = message match {
    // The driver must not wait for its core: some don't heed that they were killed.
    case Suspend(_, newSeq, _) if isOver => Seq(Report(Killed(taskId, newSeq)))
    case Suspend(_, newSeq, timeoutMs) =>
      val asked = requested(newSeq, GateEvent.SuspendRequested, nowNs) {
        released = MemoryRelease.NotAsked
        workers.keys.foreach(workers(_) = false)
        tellWorkers(SuspendWorker(_, seq)) ++ answerIfSuspended(nowNs)
      }
      // A request that had no time-out may come again with one.
      val isTimed = newSeq == seq && state == GateState.Suspending && timeoutMs != Suspend.NoTimeout
      if (isTimed) asked :+ After(timeoutMs, TimeIsOver(seq)) else asked
    case Resume(_, newSeq) if !isOver =>
      requested(newSeq, GateEvent.ResumeRequested, nowNs) {
        (tellWorkers(ResumeWorker(_, seq)) :+ WakeThreads) ++ answerIfResumed(nowNs)
      }
    case RescueAcknowledged(_, knownSeq) =>
      if (knownSeq == seq && state == GateState.Rescued) move(GateEvent.Acknowledged)
      Nil
    case Reprioritize(_, newSeq, newPriority) =>
      if (newSeq > currentPrioritySeq) {
        currentPrioritySeq = newSeq
        currentPriority = newPriority
      }
      Seq(Report(Reprioritized(taskId, newSeq)))
    case _ => Nil
  }

  /** Books a request that is newer than any before; one that was answered is answered again. */
  private def requested(newSeq: Long, event: GateEvent, nowNs: Long)(
      act: => Instructions): Instructions =
    if (newSeq > seq) {
      seq = newSeq
      requestedAtNs = nowNs
      lastReply = None
      move(event)
      act
    } else if (newSeq == seq) lastReply.map(Report(_)).toSeq
    else Nil

  private def memoryWanted(): Instructions =
    if (released == MemoryRelease.NotAsked && isAsked && threadStands) {
      released = MemoryRelease.Asked
      Seq(WakeThreads)
    } else Nil

  /** Lets a suspended task run, unasked; the driver books its core. */
  private def rescue(cause: Cause): Instructions =
    if (state == GateState.Suspended) {
      move(GateEvent.Rescued)
      (tellWorkers(ResumeWorker(_, seq)) :+ WakeThreads) ++ reportRescue(cause)
    } else Nil

  private def reportRescue(cause: Cause): Instructions =
    reply(Rescued(taskId, seq, cause)) :+ After(Gate.againMs, ReportRescueAgain(seq, cause))

  /** Whoever waits here goes on, to find out that the task is killed. */
  private def kill(atOnce: Boolean): Instructions = {
    // One that is suspended already has lent its core, and hardly takes it back before it ends.
    val told = if (state == GateState.Suspending) Seq(Report(Killed(taskId, seq))) else Nil
    val cancels = isAsked || atOnce
    cancelsWorkers ||= cancels
    move(GateEvent.Killed)
    told ++ (if (cancels) tellWorkers(CancelWorker(_)) else Nil) :+ WakeThreads
  }

  private def answerIfSuspended(nowNs: Long): Instructions =
    if (state != GateState.Suspending) Nil
    // It will reach a yield point, or wait for its workers without passing one.
    else if (areWorkersSuspended && !threadStands) Seq(LookAtThread(seq))
    else if (areWorkersSuspended || workers.isEmpty && threadStands) standsStill(nowNs)
    else Nil

  private def threadSeen(seenSeq: Long, isIdle: Boolean, nowNs: Long): Instructions =
    if (state != GateState.Suspending || seenSeq != seq || !areWorkersSuspended) Nil
    else if (isIdle) standsStill(nowNs)
    else Seq(After(Gate.lookAgainMs, LookAgain(seq)))

  private def standsStill(nowNs: Long): Instructions =
    answer(GateEvent.StoodStill, Suspended(taskId, seq, nowNs - requestedAtNs, overdue = false))

  private def answerIfResumed(nowNs: Long): Instructions =
    if (state == GateState.Resuming && !threadStands && !workers.valuesIterator.contains(true)) {
      answer(GateEvent.RanAgain, Resumed(taskId, seq, nowNs - requestedAtNs))
    } else Nil

  private def areWorkersSuspended: Boolean =
    workers.nonEmpty && !workers.valuesIterator.contains(false)

  private def isOver: Boolean = state == GateState.Killed || state == GateState.Over

  private def tellWorkers(what: W => GateInstruction[W]): Instructions =
    workers.keysIterator.map(what).toList

  private def answer(event: GateEvent, message: Message): Instructions = {
    move(event)
    reply(message)
  }

  private def reply(message: Message): Instructions = {
    lastReply = Some(message)
    Seq(Report(message))
  }

  private def move(event: GateEvent): Unit = current = GateLife.next(current, event)
}

object Gate {
  /** How often the driver is told of a rescue, until it acknowledges that. */
  private val againMs = 500L
  /** How soon to look again whether the task's thread waits for its workers. */
  private val lookAgainMs = 1L
  /** How long a task that is to be suspended may take to start before the driver is asked. */
  private val probeAfterMs = 2000L

  /** Whether a gate is made for what the driver says of a task that has none: else there is nothing
   *  that was suspended. */
  def isMadeFor(message: Message): Boolean = message match {
    case _: Suspend | _: Reprioritize => true
    case _ => false
  }
}
