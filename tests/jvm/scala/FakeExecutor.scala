package neptune.unreliable

import scala.collection.mutable

import neptune.life.{GateState, Named}
import neptune.protocol.{
  Cause, Forget, Gate, GateInput, GateInstruction, IsOver, MemoryRelease, Message, Suspended}

/** An executor: its tasks, and the real gates, kept as the executor's agent keeps them.
 *
 * @param send to the driver
 * @param isOver asks the driver, which may not answer
 */
final class FakeExecutor(
    val world: World, send: Message => Unit, isOver: Long => Option[Boolean]) {
  val tasks = mutable.LinkedHashMap.empty[Long, FakeTask]
  val gates = mutable.LinkedHashMap.empty[Long, Gate[FakeWorker]]
  /** The states that gates and holds were in. */
  val seen = mutable.HashSet.empty[Named]

  def receive(message: Message): Unit = message match {
    case Forget(taskId) => forget(taskId)
    case _ =>
      val taskId = message.taskId
      if (!gates.contains(taskId) && Gate.isMadeFor(message)) {
        gates(taskId) = new Gate(taskId)
        handle(taskId, GateInput.Expected)
      }
      handle(taskId, GateInput.Received(message))
  }

  def forget(taskId: Long): Unit = {
    handle(taskId, GateInput.End)
    gates.remove(taskId)
  }

  /** Something happens to a task's gate, if there is one. */
  def handle(taskId: Long, input: GateInput[FakeWorker]): Unit =
    gates.get(taskId).foreach { gate =>
      handle(taskId, gate, input)
      tasks.get(taskId).foreach(_.look(gate))
    }

  private def handle(
      taskId: Long, gate: Gate[FakeWorker], input: GateInput[FakeWorker]): Unit = {
    gate.handle(input, world.nowNs).foreach {
      case GateInstruction.Report(IsOver(_)) => world.after(1L) {
        isOver(taskId) match {
          case Some(true) => forget(taskId)
          case _ => handle(taskId, GateInput.StillExpected)
        }
      }
      case GateInstruction.Report(message) =>
        message match {
          case Suspended(_, seq, _, false) => tasks.get(taskId).foreach(_.isSaidToStand(seq))
          case _ => ()
        }
        send(message)
      case GateInstruction.WakeThreads => ()
      case GateInstruction.LookAtThread(seq) =>
        handle(taskId, gate, GateInput.ThreadSeen(seq, tasks.get(taskId).exists(_.isIdle)))
      // A gate's timers may outlast it.
      case GateInstruction.After(ms, timer) => world.after(ms)(handle(taskId, gate, timer))
      case GateInstruction.SuspendWorker(worker, seq) => worker.suspend(seq)
      case GateInstruction.ResumeWorker(worker, seq) => worker.resume(seq)
      case GateInstruction.CancelWorker(worker) => worker.cancel()
    }
    seen += gate.state
  }
}

/** A task on an executor: its thread, which now and then comes to a yield point, and workers. */
final class FakeTask(world: World, executor: FakeExecutor, val id: Long, priority: Int) {
  val workers = mutable.LinkedHashSet.empty[FakeWorker]
  /** Whether the thread is at the gate, and is spilling there. */
  private var stands = false
  private var spills = false
  /** Whether it waits for a worker, passing no yield point. */
  private var waits = false
  /** The last request that it was reported to stand still for; the report may be repeated. */
  private var saidToStand = 0L
  private var begun = false
  private var ended = false

  def gate: Option[Gate[FakeWorker]] = executor.gates.get(id)
  def isIdle: Boolean = waits || stands && !spills
  def hasBegun: Boolean = begun
  /** Whether nothing of it computes. */
  def standsStill: Boolean =
    if (workers.isEmpty) stands && !spills else isIdle && workers.forall(_.standsStill)
  def computes: Boolean = !stands && !workers.exists(_.standsStill)

  def begin(): Unit = if (!begun && !ended) {
    begun = true
    executor.gates.getOrElseUpdate(id, new Gate(id))
    executor.handle(id, GateInput.Started(priority))
  }

  /** Something happens in the task, if it computes. */
  def step(): Unit = if (begun && !ended) {
    workers.toSeq.foreach { worker =>
      worker.step()
      sees(worker.state)
    }
    if (!stands) {
      waits = workers.nonEmpty && world.flip(0.5)
      if (!waits) yieldPoint()
      if (!stands) world.chance.nextInt(6) match {
        case 0 if workers.size < 2 =>
          val worker = new FakeWorker(world, this)
          workers += worker
          executor.handle(id, GateInput.WorkerBegan(worker))
        case 1 => workers.find(!_.standsStill).foreach(_.end())
        case _ => ()
      }
    }
  }

  /** It ends as a task does: when it computes, or finds out that it was killed. */
  def end(): Unit = if (!ended) {
    ended = true
    stands = false
    workers.toSeq.foreach(_.end())
    executor.forget(id)
    executor.tasks.remove(id)
  }

  def workerEnded(worker: FakeWorker): Unit = {
    workers -= worker
    executor.handle(id, GateInput.WorkerEnded(worker))
  }
  def workerSuspended(worker: FakeWorker, seq: Long): Unit =
    executor.handle(id, GateInput.WorkerSuspended(worker, seq))
  def workerResumed(worker: FakeWorker, seq: Long): Unit =
    executor.handle(id, GateInput.WorkerResumed(worker, seq))

  /** The driver is told that it stands still, before its time was over; it may still spill. */
  def isSaidToStand(seq: Long): Unit = if (seq > saidToStand) {
    saidToStand = seq
    if (!standsStill && !(spills && workers.forall(_.standsStill))) {
      throw new IllegalStateException(
        s"task $id works, and is said to stand still: ${workers.map(_.state).mkString(", ")}")
    }
  }

  def sees(state: Named): Unit = executor.seen += state

  private def yieldPoint(): Unit = gate.filter(_.isAsked).foreach { _ =>
    waits = false
    stands = true
    executor.handle(id, GateInput.ThreadStops)
  }

  /** The gate may have changed: the thread that stands there looks again, as it does when woken. */
  def look(gate: Gate[FakeWorker]): Unit = if (stands && !spills && !gate.keepsThread) {
    if (gate.isAsked && gate.memoryRelease == MemoryRelease.Asked) {
      spills = true
      world.after(world.upTo(50)) {
        spills = false
        if (!ended) {
          executor.handle(id, GateInput.MemoryFreed(world.upTo(100), world.upTo(1)))
          if (stands) executor.handle(id, GateInput.ThreadStops)
        }
      }
    } else {
      stands = false
      executor.handle(id, GateInput.ThreadGoesOn)
    }
  }

  /** A task of higher priority waits for it. */
  def isWaitedFor(): Unit =
    executor.handle(
      id, if (world.flip(0.5)) GateInput.MemoryWanted else GateInput.Rescue(Cause.Memory))

  def kill(): Unit = executor.handle(id, GateInput.Kill(atOnce = world.flip(0.3)))
  def isKilled: Boolean = gate.exists(_.state == GateState.Killed)
}
