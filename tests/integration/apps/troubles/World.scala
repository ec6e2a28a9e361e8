package org.apache.spark.neptune.simulation

import java.util.concurrent.TimeUnit

import scala.collection.mutable
import scala.jdk.CollectionConverters._

import com.fasterxml.jackson.databind.ObjectMapper
import com.fasterxml.jackson.databind.node.ObjectNode
import neptune.protocol.{Cause, Killed, Message, Rescued, Suspend}
import neptune.time.{Scheduled, Timer}

import org.apache.spark.SparkContext
import org.apache.spark.neptune.driver.SimulatedScheduler
import org.apache.spark.resource.ResourceProfile
import org.apache.spark.scheduler.{TaskDescription, TaskSet, WorkerOffer}
import org.apache.spark.scheduler.neptune.TaskSets
import org.apache.spark.util.RpcUtils

/** The real scheduler on a small cluster where a test makes trouble, in virtual time.
 *
 * @param settings of the application, beside the defaults
 */
private[simulation] class World(
    sc: SparkContext, executors: Int, cores: Int, settings: Map[String, String] = Map.empty) {
  import World._

  val time: VirtualTime = new VirtualTime
  /** How long the tasks of each stage take. */
  private val lasts = mutable.HashMap.empty[Int, () => Double]
  private val sets = new TaskSetMaker(sc)
  val cluster: TroubledCluster = new TroubledCluster(
    sc, executors, cores, time, (stageId, _, _) => ns(lasts(stageId)()))
  /** Stage and time in seconds of each task that has succeeded. */
  val ends: mutable.ArrayBuffer[(Int, Double)] = mutable.ArrayBuffer.empty
  val failures: mutable.ArrayBuffer[String] = mutable.ArrayBuffer.empty
  /** Called when a task of the stage has succeeded. */
  var succeeded: Int => Unit = (_: Int) => ()

  settings.foreach { case (key, value) => sc.conf.set(key, value) }
  /** Called when victims have been looked for. */
  var whenDecided: () => Unit = () => ()
  val timer: CountingTimer = new CountingTimer(time)
  val scheduler: SimulatedScheduler = made
  cluster.connect(scheduler)
  private val dag = new FakeDag(sc, scheduler, time, stageId => {
    ends += stageId -> now
    succeeded(stageId)
  }) {
    override def taskSetFailed(
        taskSet: TaskSet, reason: String, exception: Option[Throwable]): Unit = failures += reason
  }
  private var revives = false

  private def made: SimulatedScheduler =
    new SimulatedScheduler(sc, time, timer, (_, _) => whenDecided())

  def now: Double = time.nanoTime() / 1e9
  def at(seconds: Double)(act: => Unit): Unit =
    time.afterNs(ns(seconds) - time.nanoTime())(act)

  /** Submits a stage, whose tasks take so many seconds each. */
  def submit(
      stageId: Int, priority: String, tasks: Int, seconds: => Double,
      profileId: Int = ResourceProfile.DEFAULT_RESOURCE_PROFILE_ID,
      paddingBytes: Int = 0, pool: Option[String] = None): Unit = {
    lasts(stageId) = () => seconds
    scheduler.submitTasks(sets.make(
      stageId, 0, priority, IndexedSeq.fill(tasks)(None), profileId, paddingBytes, pool))
  }

  def run(untilSeconds: Double): Unit = {
    if (!revives) revive()
    revives = true
    time.run(ns(untilSeconds))(false)
  }

  def running(stageId: Int): Int = live(stageId).count(_.runs)
  def live(stageId: Int): Seq[FakeTask] = cluster.live.filter(_.stageId == stageId).toSeq
  def endOf(stageId: Int): Option[Double] =
    ends.collect { case (`stageId`, second) => second }.lastOption
  def statistic(name: String): Double = json(scheduler.neptune().statistics()).get(name).asDouble()

  def close(): Unit = {
    dag.stop()
    sets.close()
    settings.keys.foreach(sc.conf.remove(_))
  }

  /** As the application sees it. */
  def coresOf(executorId: String): Double =
    mapper.readTree(scheduler.neptune().executors()).elements().asScala
      .find(_.get("executor_id").asText() == executorId).get.get("cores").asDouble()

  def secondsSuspended(taskId: Long): Double =
    mapper.readTree(scheduler.neptune().tasks()).elements().asScala
      .find(_.get("task_id").asLong() == taskId).get.get("suspended_s").asDouble()

  private def json(text: String): ObjectNode = mapper.readTree(text).asInstanceOf[ObjectNode]

  /** As Spark's backends do every second. */
  private def revive(): Unit = {
    cluster.offerAll()
    time.afterNs(ns(1.0))(revive())
  }
}

private[simulation] object World {
  private val mapper = new ObjectMapper
  def ns(seconds: Double): Long = (seconds * TimeUnit.SECONDS.toNanos(1)).toLong
  val forEver: Double = 1e6
  def in(world: World)(act: World => Map[String, Any]): Map[String, Any] =
    try act(world) finally world.close()
}

/** Counts the requests that are yet to be served. */
private[simulation] final class CountingTimer(time: VirtualTime) extends Timer {
  private val pending = mutable.HashSet.empty[Object]
  var most: Int = 0

  override def afterNs(ns: Long)(act: => Unit): Scheduled = {
    val request = new Object
    pending += request
    most = math.max(most, pending.size)
    val due = time.afterNs(ns) {
      pending -= request
      act
    }
    () => {
      pending -= request
      due.cancel()
    }
  }
  override def stop(): Unit = time.stop()
}

/** A cluster whose executors may be told to behave oddly. */
private[simulation] final class TroubledCluster(
    sc: SparkContext, executors: Int, cores: Int, time: VirtualTime,
    durationNs: (Int, Int, FakeExecutor) => Long)
  extends Cluster(sc, executors, cores, time, TimeUnit.MICROSECONDS.toNanos(100), durationNs) {

  /** A task has been suspended by this request. */
  var afterSuspended: (FakeTask, Long) => Unit = (_, _) => ()
  /** How often tasks of each stage have been suspended. */
  val suspensionsOf: mutable.Map[Int, Int] = mutable.HashMap.empty.withDefaultValue(0)
  /** How often tasks of each stage were asked to suspend. */
  val askedOf: mutable.Map[Int, Int] = mutable.HashMap.empty.withDefaultValue(0)
  /** Whether a task was killed, and doesn't heed it. */
  var isKilled: FakeTask => Boolean = (_: FakeTask) => false
  /** Whether a task does not answer when it is asked to suspend. */
  var isDeaf: FakeTask => Boolean = (_: FakeTask) => false
  /** A changed offer of an executor. */
  var offering: (FakeExecutor, WorkerOffer) => WorkerOffer = (_, offer) => offer
  var beginning: (FakeTask, TaskDescription) => Unit = (_, _) => ()
  var leaving: FakeTask => Unit = (_: FakeTask) => ()

  override def killTask(
      taskId: Long, executorId: String, interruptThread: Boolean, reason: String): Unit =
    if (!task(taskId).exists(isKilled)) {
      super.killTask(taskId, executorId, interruptThread, reason)
    }

  /** Its executors have one GPU each, which a task keeps until it ends. */
  def hasGpu(): Unit = {
    val taken = mutable.HashMap.empty[Long, String]
    beginning = (task, description) =>
      if (description.resources.contains("gpu")) taken(task.taskId) = task.executor.id
    leaving = task => taken.remove(task.taskId)
    offering = (executor, offer) => {
      offer.copy(resources = Gpu.offered(isTaken = taken.valuesIterator.contains(executor.id)))
    }
  }

  /** As CoarseGrainedSchedulerBackend.launchTasks (Spark 4.x) has it. */
  override protected def arrives(description: TaskDescription): Boolean = {
    val fits = TaskDescription.encode(description).limit() < RpcUtils.maxMessageSizeBytes(sc.conf)
    if (!fits) TaskSets.managerOf(scheduler, description.taskId).abort("it is too large")
    fits
  }

  override def offer(executor: FakeExecutor): WorkerOffer =
    offering(executor, super.offer(executor))
  override protected def began(task: FakeTask, description: TaskDescription): Unit =
    beginning(task, description)
  override protected def left(task: FakeTask): Unit = leaving(task)

  override protected def asked(message: Message): Unit = message match {
    case Suspend(taskId, seq, _) =>
      task(taskId).foreach(t => askedOf(t.stageId) += 1)
      if (task(taskId).exists(isKilled)) later(taskId) { task =>
        settled(task.executor)
        answer(Killed(taskId, seq))
      }
      else if (!task(taskId).exists(isDeaf)) {
        super.asked(message)
        later(taskId) { task =>
          suspensionsOf(task.stageId) += 1
          afterSuspended(task, seq)
        }
      }
    case _ => super.asked(message)
  }

  /** The executor lets a suspended task run, for another waits for it. */
  def rescue(task: FakeTask, seq: Long): Unit = if (!task.runs && !task.ended) {
    task.executor.suspended -= 1
    go(task)
    answer(Rescued(task.taskId, seq, Cause.Block))
  }
}
