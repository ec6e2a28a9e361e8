package org.apache.spark.neptune.simulation

import java.nio.ByteBuffer

import scala.collection.mutable

import neptune.protocol.{
  Forget, IsOver, Killed, MemoryReleased, Message, Reprioritize, Reprioritized,
  RescueAcknowledged, Rescued, Resume, Resumed, Suspend, Suspended}

import org.apache.spark.{SparkContext, TaskState}
import org.apache.spark.neptune.driver.SimulatedScheduler
import org.apache.spark.neptune.executor.SuspendableTask
import org.apache.spark.resource.ResourceProfile
import org.apache.spark.scheduler.{
  SchedulerBackend, Task, TaskDescription, TaskSchedulerImpl, WorkerOffer}
import org.apache.spark.scheduler.neptune.TaskSets
import org.apache.spark.status.api.v1.ThreadStackTrace

/** Fake executors, and a backend that offers them as CoarseGrainedSchedulerBackend (Spark 4.x)
 *  does: all of them when asked to, one when a task has ended there.
 *
 * @param answerNs how long an executor takes to do what it is asked, and to say so
 * @param durationNs how long a task takes: by stage, index in the stage, and executor
 */
private[simulation] class Cluster(
    sc: SparkContext, executors: Int, cores: Int, time: VirtualTime, answerNs: Long,
    durationNs: (Int, Int, FakeExecutor) => Long, executorsPerHost: Int = 1)
  extends SchedulerBackend {

  val all: IndexedSeq[FakeExecutor] = IndexedSeq.tabulate(executors)(i =>
    new FakeExecutor(i, cores, i / executorsPerHost))
  private val tasks = mutable.LongMap.empty[FakeTask]
  protected var scheduler: TaskSchedulerImpl = _
  protected var answer: Message => Unit = (_: Message) => ()

  /** What happened so far; `oversubscribed` counts starts on an executor without an idle core. */
  var suspensions: Long = 0L
  var kills: Long = 0L
  var wastedNs: Long = 0L
  var oversubscribed: Long = 0L
  /** Whether rounds follow from what happens; else whoever times them asks for each. */
  var offersByItself: Boolean = true

  def connect(stock: TaskSchedulerImpl): Unit = {
    scheduler = stock
    stock.initialize(this)
    stock.taskResultGetter.stop()
    stock.taskResultGetter = new FakeResults(sc, stock)
  }

  def connect(neptune: SimulatedScheduler): Unit = {
    connect(neptune: TaskSchedulerImpl)
    answer = neptune.received
    all.foreach(e => neptune.register(e.id, e.host, new FakeAgent(sc.conf, e.id, asked)))
  }

  override def start(): Unit = ()
  override def stop(): Unit = ()
  override def defaultParallelism(): Int = executors * cores
  override def maxNumConcurrentTasks(rp: ResourceProfile): Int = executors * cores
  // Spark 3.5 has no such member to override.
  def getTaskThreadDump(taskId: Long, executorId: String): Option[ThreadStackTrace] = None

  override def reviveOffers(): Unit = if (offersByItself) time.afterNs(0L)(offerAll())

  override def killTask(
      taskId: Long, executorId: String, interruptThread: Boolean, reason: String): Unit =
    time.afterNs(answerNs)(tasks.get(taskId).foreach { task =>
      halt(task)
      kills += 1
      wastedNs += task.ranNs
      end(task, TaskState.KILLED)
    })

  def task(taskId: Long): Option[FakeTask] = tasks.get(taskId)
  def isEmpty: Boolean = tasks.isEmpty && all.forall(e => e.free == e.cores && e.running == 0)

  def offers: IndexedSeq[WorkerOffer] = all.map(offer)
  def offer(executor: FakeExecutor): WorkerOffer =
    WorkerOffer(executor.id, executor.host, executor.free)

  def offerAll(): Unit = launch(scheduler.resourceOffers(offers, isAllFreeResources = true))
  def offerOne(executor: FakeExecutor): Unit =
    launch(scheduler.resourceOffers(IndexedSeq(offer(executor)), isAllFreeResources = false))

  /** The task was launched on its executor, or has left it, whatever became of it. */
  protected def began(task: FakeTask, description: TaskDescription): Unit = ()
  protected def left(task: FakeTask): Unit = ()

  /** Whether the launched task gets to its executor. */
  protected def arrives(description: TaskDescription): Boolean = true

  /** Starts what a round launched. */
  def launch(launched: Seq[Seq[TaskDescription]]): Unit =
    launched.iterator.flatten.filter(arrives).foreach { description =>
      val executor = all(description.executorId.toInt)
      val stageId = TaskSets.managerOf(scheduler, description.taskId).stageId
      val task = new FakeTask(
        description.taskId, executor, stageId, durationNs(stageId, description.index, executor))
      tasks(task.taskId) = task
      executor.tasks(task.taskId) = task
      executor.free -= 1
      began(task, description)
      if (executor.running >= executor.cores && waitsForOthers(description)) await(task)
      else go(task)
    }

  /** Whether it was launched on the core of a task that is only just asked to suspend. */
  private def waitsForOthers(description: TaskDescription): Boolean =
    sc.env.closureSerializer.newInstance()
      .deserialize[Task[_]](description.serializedTask.duplicate()) match {
        case task: SuspendableTask[_] => task.launch.victims.nonEmpty
        case _ => false
      }

  private def await(task: FakeTask): Unit = task.executor.waiting += task

  /** A task has stopped here, or will not. */
  protected def settled(executor: FakeExecutor): Unit =
    if (executor.waiting.nonEmpty) go(executor.waiting.dequeue())

  private def leaveQueue(task: FakeTask): Boolean =
    task.executor.waiting.dequeueFirst(_ eq task).isDefined

  def live: Iterable[FakeTask] = tasks.values

  /** The task has done its work. */
  def finish(task: FakeTask): Unit = {
    halt(task)
    end(task, TaskState.FINISHED)
  }

  private def end(task: FakeTask, state: TaskState.TaskState): Unit = {
    tasks.remove(task.taskId)
    task.executor.tasks.remove(task.taskId)
    task.ended = true
    task.executor.free += 1
    left(task)
    scheduler.statusUpdate(task.taskId, state, ByteBuffer.allocate(0))
    if (offersByItself) time.afterNs(0L)(offerOne(task.executor))
  }

  protected def asked(message: Message): Unit = message match {
    case Suspend(taskId, seq, _) => later(taskId) { task =>
      if (task.runs || leaveQueue(task)) {
        if (task.runs) halt(task)
        task.executor.suspended += 1
        suspensions += 1
      }
      answer(Suspended(taskId, seq, answerNs, overdue = false))
    }
    case Resume(taskId, seq) => later(taskId) { task =>
      if (!task.runs) {
        task.executor.suspended -= 1
        go(task)
      }
      answer(Resumed(taskId, seq, answerNs))
    }
    case Reprioritize(taskId, seq, _) => later(taskId)(_ => answer(Reprioritized(taskId, seq)))
    case _: Forget | _: RescueAcknowledged => ()
    case _: Suspended | _: Resumed | _: Rescued | _: MemoryReleased | _: IsOver |
        _: Killed | _: Reprioritized =>
      throw new IllegalArgumentException(s"$message is for the scheduler.")
  }

  protected def later(taskId: Long)(act: FakeTask => Unit): Unit =
    time.afterNs(answerNs)(tasks.get(taskId).foreach(act))

  protected def go(task: FakeTask): Unit = {
    if (task.executor.running >= task.executor.cores) oversubscribed += 1
    task.executor.running += 1
    task.runs = true
    task.startedNs = time.nanoTime()
    task.stamp += 1
    val stamp = task.stamp
    time.afterNs(task.leftNs)(if (!task.ended && task.stamp == stamp) finish(task))
  }

  protected def halt(task: FakeTask): Unit = {
    val ran = task.runs
    if (ran) {
      task.executor.running -= 1
      val ns = time.nanoTime() - task.startedNs
      task.ranNs += ns
      task.leftNs -= ns
    } else if (!leaveQueue(task)) task.executor.suspended -= 1
    task.runs = false
    task.stamp += 1
    if (ran) settled(task.executor)
  }
}
