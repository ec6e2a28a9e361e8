package org.apache.spark.neptune.executor

import java.lang.management.ManagementFactory
import java.nio.file.{Path, Paths}
import java.util.concurrent.ConcurrentHashMap

import scala.jdk.CollectionConverters._
import scala.util.{Success, Try}

import neptune.protocol.{
  Bounds, Forget, Gate, IsOver, MemoryReleased, Message, Reprioritize, RescueAcknowledged, Rescued,
  Resume, Suspend, Suspended}
import neptune.time.{Clock, Timer}

import org.apache.spark.{SparkEnv, TaskContext}
import org.apache.spark.internal.Logging
import org.apache.spark.neptune.python.{
  ControlServer, ControlSocket, FiguresReporter, ProcessController, SpareWorkers,
  WorkerConnection, WorkerProcess}
import org.apache.spark.neptune.rpc.{ExecutorFigures, Launch}
import org.apache.spark.neptune.settings.Settings
import org.apache.spark.neptune.time.{Instants, SystemTime, ThreadTimer}
import org.apache.spark.rpc.RpcEndpointRef
import org.apache.spark.util.{ThreadUtils, Utils}

/** The executor's half of the scheduler: it owns the gates of the tasks that run here.
 *
 * A request may come before its task has started, or after it has ended; the gate is then made, or
 * kept, until the task starts or the driver says to forget it, of itself or when asked.
 *
 * THREADING: safe for all callers.
 *
 * @param firstController of the Python workers here, if the application is a Python one, and can
 *                        run Python tasks here already; the agent's now
 * @param timer the agent's, too
 */
private[neptune] final class ExecutorAgent(
    executorId: String, driver: RpcEndpointRef, settings: Settings,
    firstController: Option[ProcessController],
    clock: Clock = SystemTime, timer: Timer = new ThreadTimer("neptune-agent-timer"))
  extends Logging {
  private val gates = new ConcurrentHashMap[Long, TaskGate]
  private val bounds = Bounds(settings.pythonSuspendGraceMs, settings.pythonNoSuspendMaxMs)
  private val spares = Option(settings.pythonSpareWorkers).filter(_ > 0).map(
    new SpareWorkers(_, () => pythonTasks.map(_.priority), clock, timer))
  @volatile private var controller = Option.empty[ProcessController]
  @volatile private var niceness = Option.empty[Niceness]
  private val control = ControlServer.start(
    ControlSocket.open(ExecutorAgent.localDirectories), clock, channel =>
      new WorkerConnection(channel, gateOfPythonTask, workerTurnsTo, controller, bounds, timer))
  private val guard = Option(settings.rescueIntervalMs).filter(_ > 0).map { everyMs =>
    val threads = ManagementFactory.getThreadMXBean
    new BlockedTaskGuard(
      () => gates.values.asScala, Wait.of(threads, _, _), Wait.holdsKey(threads, _),
      settings.isSharing, everyMs, timer)
  }

  /** What becomes of tasks that fail for want of memory. */
  val scarceMemory = new ScarceMemory(
    task => gates.values.asScala.filter(other => (other ne task) && other.isOpen),
    settings.isSharing, clock, new EndingsOfTasks)

  private val sampler = Option(settings.metricsIntervalMs).filter(_ > 0).map(
    new MemorySampler(_, report, clock, new ThreadTimer("neptune-memory-sampler")))

  /** What there is for Spark's metrics system. */
  val metrics: AgentMetrics = new AgentMetrics(
    () => gates.values.asScala.filter(_.suspendedThread.isDefined), () => workers.size)

  firstController.foreach(pythonWorks)

  /** Python tasks can run here from now on; the controller is the agent's. */
  def pythonWorks(started: ProcessController): Unit = {
    controller = Some(started)
    if (settings.niceness > 0) {
      niceness = Some(
        new Niceness(started, settings.niceness, settings.streamingPriority, timer))
    }
    if (settings.metricsIntervalMs > 0) {
      new FiguresReporter(() => workers, started, figures =>
        driver.send((executorId, figures))).every(settings.metricsIntervalMs, timer)
    }
  }

  /** Where Python workers connect to the control socket; None: they can't be suspended. */
  val socketAddress: Option[String] = control.map(_.address)

  /** The task starts on the calling thread. */
  def open(context: TaskContext, priority: Int): TaskGate = {
    Instants.note(Instants.Started, context.taskAttemptId())
    val gate = gateOf(context.taskAttemptId())
    gate.open(priority, new HeldMemory(context.taskMemoryManager()))
    niceness.foreach(_.begins(context.taskAttemptId(), gate.priority))
    sampler.foreach(_.begins(context, gate))
    gate
  }

  /** The task, on the calling thread, waits until those have stopped on whose cores it was
   *  launched, or their time is over. That has an end: the driver asks until they answer. */
  def awaitVictims(gate: TaskGate, taskId: Long, launch: Launch): Unit =
    if (launch.victims.nonEmpty) {
      val stops = launch.victims.grouped(2)
        .flatMap(asked => Option(gates.get(asked.head)).map(_.stop(asked.last)))
      gate.await(stops.toSeq)
      Instants.note(Instants.Released, taskId)
    }

  /** The calling thread, which is not the task's own, begins to feed a Python worker of its. */
  def feeds(taskId: Long): Unit = niceness.foreach(_.feeds(taskId))

  /** The task has ended, on the calling thread. */
  def close(taskId: Long): Unit = {
    niceness.foreach(_.ended(taskId))
    forget(taskId)
    scarceMemory.taskEnded()
    sampler.foreach(_.ended(taskId))
  }

  /** The task was killed. */
  def kill(taskId: Long, atOnce: Boolean): Unit =
    Option(gates.get(taskId)).foreach(_.kill(atOnce))

  def receive(message: Message): Unit = message match {
    case Forget(taskId) => forget(taskId)
    case Reprioritize(taskId, seq, priority) =>
      if (gateFor(message).exists(_.turnTo(seq, priority))) {
        niceness.foreach(_.becomes(taskId, priority, workersOf(taskId)))
      }
    case _: Suspend =>
      Instants.note(Instants.Received, message.taskId)
      gateFor(message).foreach(_.receive(message))
      guard.foreach(_.watch())
    case _: Resume | _: RescueAcknowledged => gateFor(message).foreach(_.receive(message))
    case other => logWarning(s"Neptune: an executor does not expect $other")
  }

  def stop(): Unit = {
    sampler.foreach(_.stop())
    gates.values.forEach(_.close())
    control.foreach(_.stop())
    controller.foreach(_.close())
    timer.stop()
    spares.foreach(_.stop())
  }

  /** The task has ended, or will not be waited for. */
  private def forget(taskId: Long): Unit = Option(gates.remove(taskId)).foreach(_.close())

  private def gateOf(taskId: Long): TaskGate =
    gates.computeIfAbsent(taskId, newGate)

  private def newGate(taskId: Long): TaskGate = new TaskGate(taskId, report, clock, timer)

  /** The gate that the message is for, of a task that may not have started, or have ended. */
  private def gateFor(message: Message): Option[TaskGate] =
    if (!Gate.isMadeFor(message)) Option(gates.get(message.taskId))
    else Some(gates.computeIfAbsent(message.taskId, id => {
      val gate = newGate(id)
      gate.expect()
      gate
    }))

  /** Has the driver say whether a task that has not come is over: it may have said so before the
   *  request came, or the word was lost. */
  private def askIfOver(question: IsOver): Unit =
    driver.ask[Boolean](Message.encode(question)).onComplete {
      case Success(true) => forget(question.taskId)
      case _ => Option(gates.get(question.taskId)).foreach(_.stillExpect())
    }(ThreadUtils.sameThread)

  private def workers: Seq[WorkerConnection] = control.toSeq.flatMap(_.workers)

  private def pythonTasks: Seq[TaskGate] =
    workers.flatMap(_.taskId).flatMap(taskId => Option(gates.get(taskId)))

  private def gateOfPythonTask(taskId: Long): Option[TaskGate] = {
    val gate = Option(gates.get(taskId))
    for (keeper <- spares; found <- gate) keeper.taskBegins(found.priority)
    gate
  }

  private def workerTurnsTo(worker: WorkerProcess, priority: Int): Boolean =
    niceness.exists(_.workerTurnsTo(worker, priority))

  private def report(message: Message): Unit = message match {
    case question: IsOver => askIfOver(question)
    case _ =>
      if (message.isInstanceOf[Suspended]) Instants.note(Instants.Stopped, message.taskId)
      driver.send(Message.encode(message))
      message match {
        case Rescued(taskId, _, _) => niceness.foreach(spare(taskId, _))
        case MemoryReleased(_, _, bytes) => metrics.released(bytes)
        case _ =>
      }
  }

  private def spare(taskId: Long, from: Niceness): Unit = from.spare(taskId, workersOf(taskId))

  /** Processes of the task's Python workers, which are told again how nice to be with their
   *  next. */
  private def workersOf(taskId: Long): Seq[WorkerProcess] = {
    val its = workers.filter(_.taskId.contains(taskId))
    its.foreach(_.turnsAgain())
    its.flatMap(_.process)
  }

  private def report(figures: ExecutorFigures): Unit = {
    val (executor, tasks) = ExecutorFigures.encode(figures)
    driver.send((executorId, executor, tasks))
  }
}

private[neptune] object ExecutorAgent {
  /** This executor's agent; None before the plugin has started, or in a driver without executor. */
  @volatile private[executor] var running: Option[ExecutorAgent] = None

  def current: Option[ExecutorAgent] = running

  /** Spark's, which are cleaned up after an executor that was killed, too. */
  private def localDirectories: Seq[Path] =
    Utils.getOrCreateLocalRootDirs(SparkEnv.get.conf).toSeq.flatMap(d => Try(Paths.get(d)).toOption)
}
