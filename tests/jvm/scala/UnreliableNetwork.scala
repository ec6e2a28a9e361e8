package neptune.unreliable

import java.util.ArrayList
import java.util.concurrent.TimeUnit

import scala.collection.mutable
import scala.jdk.CollectionConverters._
import scala.util.Random
import scala.util.control.NonFatal

import neptune.core.{CoreLedger, LaunchedTask, Nanocores, TaskEntry}
import neptune.life.{GateState, HoldState, Lives, Named, RequestState, TaskState}
import neptune.protocol.{DriverInstruction, DriverSide, Message}

/** The driver's side, with its ledger, on top of an unreliable network. */
final class FakeDriver(world: World, send: (String, Message) => Unit) {
  val ledger = new CoreLedger
  val side = new DriverSide(
    ledger, timeoutMs = 100L, answerNs = TimeUnit.MILLISECONDS.toNanos(600),
    confirmNs = TimeUnit.MILLISECONDS.toNanos(100))
  /** The states that tasks and requests were in. */
  val seen = mutable.HashSet.empty[Named]
  private var wakesAtNs = Long.MaxValue

  def carryOut(instructions: Seq[DriverInstruction]): Unit = {
    instructions.foreach {
      case DriverInstruction.Send(executorId, message) => send(executorId, message)
      case DriverInstruction.WakeWithin(ns) => wakeWithin(ns)
      case _: DriverInstruction.News => ()
    }
    ledger.taskIds.flatMap(ledger.get).foreach(entry => seen += entry.state)
    if (ledger.executorIds.exists(side.isSilent)) seen += RequestState.Late
  }

  def receive(message: Message): Unit = carryOut(side.received(message, world.nowNs))

  /** As the scheduler's timer does: one round at a time, the earliest that is wanted. */
  private def wakeWithin(ns: Long): Unit = {
    val at = world.nowNs + math.max(0L, ns)
    if (at < wakesAtNs) {
      wakesAtNs = at
      world.after(TimeUnit.NANOSECONDS.toMillis(math.max(0L, ns)) + 1L) {
        if (wakesAtNs == at) {
          wakesAtNs = Long.MaxValue
          carryOut(side.timePassed(world.nowNs))
        }
      }
    }
  }
}

/** One schedule: the driver and two executors of two tasks each, until they have all ended. */
final class Schedule(seed: Long) {
  import Schedule._

  private val world = new World(new Random(seed))
  private val network = new Network(world)
  private val driver: FakeDriver = new FakeDriver(world, (executorId, message) =>
    network.carry(message)(executors(executorId).receive))
  private val executors: Map[String, FakeExecutor] = Seq("1", "2").map(id => id ->
    new FakeExecutor(
      world, message => network.carry(message)(driver.receive),
      taskId =>
        if (network.isSound || world.flip(0.6)) Some(driver.ledger.get(taskId).isEmpty) else None
    )).toMap
  private var nextTask = 0L
  private val wrong = Seq.newBuilder[String]

  /** What went wrong. */
  def run(): Seq[String] = {
    executors.keys.foreach { id =>
      driver.ledger.offered(id, allNanocores)
      launch(id)
      launch(id)
    }
    while (world.nowMs < troubleMs) {
      world.pass(world.upTo(60))
      something()
    }
    network.isSound = true
    driver.ledger.tasks.foreach { entry =>
      driver.carryOut(driver.side.releaseManual(entry.task.taskId, world.nowNs))
    }
    // Until the last of the probes and of the sections that are too long.
    for (_ <- 0 until 100) {
      world.pass(80L)
      steps()
    }
    checkAgreement()
    for (executor <- executors.values; task <- executor.tasks.values.toSeq) end(executor, task)
    world.pass(10000L)
    checkNothingIsLeft()
    wrong.result().map(what => s"seed $seed: $what")
  }

  def sent: Long = network.sent
  def seen: Set[Named] = executors.values.flatMap(_.seen).toSet ++ driver.seen

  private def launch(executorId: String): Unit = {
    nextTask += 1
    val taskId = nextTask
    val priority = world.one(priorities)
    driver.ledger.launched(new LaunchedTask(
      taskId, executorId, Nanocores.PerCore, priority, true, 1, 1, "ANY", world.nowNs))
    val executor = executors(executorId)
    val task = new FakeTask(world, executor, taskId, priority)
    executor.tasks(taskId) = task
    // Spark's own way; a request of ours may overtake it.
    world.after(world.upTo(50))(task.begin())
  }

  /** The task is over: so say Spark's own messages, which come. */
  private def end(executor: FakeExecutor, task: FakeTask): Unit = {
    task.end()
    world.after(world.upTo(20))(driver.carryOut(driver.side.ended(task.id, world.nowNs)))
  }

  private def something(): Unit = {
    val now = world.nowNs
    steps()
    world.one(driver.ledger.tasks :+ null) match {
      case null => ()
      case entry => world.chance.nextInt(12) match {
        case 0 | 1 | 2 | 3 => driver.carryOut(
          driver.side.suspend(entry.task.taskId, manual = world.flip(0.3), now))
        case 4 | 5 | 6 => driver.carryOut(
          driver.side.resume(entry.task.taskId, byForce = world.flip(0.5), now))
        case 7 => driver.carryOut(driver.side.releaseManual(entry.task.taskId, now))
        case 8 => driver.carryOut(driver.side.reprioritize(
          entry.task.taskId, world.one(priorities), _ => true, now))
        case _ => ()
      }
    }
    val executorId = world.one(executors.keys.toSeq)
    val executor = executors(executorId)
    if (executor.tasks.nonEmpty) {
      val task = world.one(executor.tasks.values.toSeq)
      world.chance.nextInt(20) match {
        case 0 | 1 | 2 => task.isWaitedFor()
        case 3 if task.hasBegun && world.flip(0.4) => task.kill()
        case 4 if task.hasBegun && (task.computes || task.isKilled) =>
          end(executor, task)
          launch(executorId)
        case _ => ()
      }
    }
  }

  private def steps(): Unit =
    for (executor <- executors.values; task <- executor.tasks.values.toSeq) task.step()

  private def check(holds: Boolean, what: => String): Unit = if (!holds) wrong += what

  private def checkAgreement(): Unit = {
    // A task that was killed while it was suspended does not say that it has resumed, but ends.
    val owed = driver.ledger.tasks.exists(entry => entry.state == TaskState.Resuming &&
      executors(entry.task.executorId).tasks.get(entry.task.taskId).exists(_.isKilled))
    check(owed || network.inFlight == 0, "they never stop talking")
    check(owed || driver.side.isSettled, "the driver still waits for an answer")
    executors.foreach { case (id, executor) =>
      val entries = driver.ledger.tasksOn(id)
      val holding = entries.filter(_.holdsCore).map(_.task.nanocores).sum
      check(
        driver.ledger.idleNanocores(id) == allNanocores - holding, s"executor $id has lost a core")
      check(executor.tasks.keySet == entries.map(_.task.taskId).toSet, s"tasks of executor $id")
      check(executor.gates.keySet.forall(executor.tasks.contains), s"a gate too many on $id")
      for (entry <- entries; task <- executor.tasks.get(entry.task.taskId)) checkTask(entry, task)
    }
  }

  private def checkTask(entry: TaskEntry, task: FakeTask): Unit = {
    def says: String = s"task ${task.id} is ${entry.state} for the driver, and"
    val gate = task.gate.get
    if (entry.prioritySeq > 0) {
      check(gate.priority == entry.task.priority, s"$says has priority ${gate.priority}")
    }
    gate.state match {
      case GateState.Suspended =>
        check(entry.state == TaskState.Suspended, s"$says is suspended")
        check(task.standsStill, s"$says works: ${task.workers.map(_.state)}")
      case GateState.Open =>
        check(entry.state == TaskState.Running, s"$says runs")
        check(task.computes, s"$says stands still: ${task.workers.map(_.state)}")
        check(task.workers.forall(_.state == HoldState.Free), s"$says has a worker that is held")
      // One that was suspended when it was killed has lent its core, until it ends.
      case GateState.Killed =>
        check(entry.state == TaskState.Running || entry.state == TaskState.Suspended ||
          entry.state == TaskState.Resuming, s"$says was killed")
      case other => check(false, s"$says its gate is $other")
    }
  }

  private def checkNothingIsLeft(): Unit = {
    check(world.isStill, "something is still to happen")
    check(network.inFlight == 0, "a message is still on its way")
    check(driver.side.isSettled, "the driver waits for an answer of a task that has ended")
    check(driver.ledger.isEmpty && driver.ledger.lentNanocores == 0, "the ledger is not empty")
    executors.foreach { case (id, executor) =>
      check(driver.ledger.idleNanocores(id) == allNanocores, s"executor $id lost a core for good")
      check(executor.gates.isEmpty, s"executor $id keeps gates: ${executor.gates.keys}")
    }
  }
}

private object Schedule {
  private val allNanocores = 2 * Nanocores.PerCore
  private val troubleMs = 4000L
  private val priorities = Seq(-10, 0, 10)
}

/** Plays schedules, for Python to ask for. */
final class UnreliableNetwork {
  val wrong = new ArrayList[String]
  var messages = 0L
  private val seen = mutable.HashSet.empty[Named]

  /** The states of a life that were come to in any schedule. */
  def statesOf(life: String): ArrayList[String] = new ArrayList(
    Lives.all.filter(_.name == life).flatMap(_.states).filter(seen).map(_.name).asJava)

  def play(firstSeed: Long, seeds: Int): Unit =
    for (seed <- firstSeed until firstSeed + seeds if wrong.size < 20) {
      val schedule = new Schedule(seed)
      try wrong.addAll(schedule.run().asJava)
      catch {
        case NonFatal(e) =>
          wrong.add(s"seed $seed: $e at ${e.getStackTrace.take(8).mkString(" < ")}")
      }
      messages += schedule.sent
      seen ++= schedule.seen
    }
}
