package org.apache.spark.neptune.executor

import java.io.IOException
import java.nio.file.{Files, Paths}
import java.util.concurrent.ConcurrentHashMap
import java.util.concurrent.atomic.AtomicInteger

import scala.jdk.CollectionConverters._

import neptune.time.Timer

import org.apache.spark.internal.Logging
import org.apache.spark.neptune.python.{NicenessControl, WorkerProcess}

/** Has the operating system prefer higher tasks, and what Spark itself has to do here, to lower
 *  tasks, where it lets a process take that back.
 *
 * Suspension gives a higher task its core. But before there is a task, a local driver plans the
 * query on the processors that lower tasks use; and while a lower one gets to its yield point, the
 * higher one that has its core must share it.
 *
 * THREADING: safe for all callers, none of which waits.
 *
 * @param control has the operating system told
 * @param by how much nicer lower tasks are
 * @param high priority from which on tasks are not lower ones
 */
private[executor] final class Niceness(
    control: NicenessControl, by: Int, high: Int, timer: Timer) extends Logging {
  import Niceness._

  @volatile private var permitted = false
  /** The first is the task's own, the others feed its Python workers. */
  private val threadsOfTasks = new ConcurrentHashMap[Long, List[TaskThread]]
  /** How often threads have to be looked at until all that nice ones may have started is found. */
  private val looksDue = new AtomicInteger

  control.mayNice { may =>
    permitted = may
    if (may) takeBackInherited()
    else {
      logInfo("Neptune: the operating system does not let niceness be lowered again (that needs " +
        "CAP_SYS_NICE, or ulimit -e 20), so that spark.neptune.niceness has no effect")
    }
  }

  /** A task of this priority begins on the calling thread. */
  def begins(taskId: Long, priority: Int): Unit = if (permitted) {
    val thread = threads.get()
    thread.tasks += 1
    make(thread, wanted(priority))
    threadsOfTasks.put(taskId, List(thread))
    // It may be over by the next look.
    if (thread.lastAsked > 0) looksDue.set(looksAtEnd)
  }

  /** The calling thread begins to feed a Python worker of the task, until it ends itself. */
  def feeds(taskId: Long): Unit = {
    val thread = threads.get()
    threadsOfTasks.computeIfPresent(taskId, (_, its) =>
      if (its.contains(thread)) its else its.head :: thread :: its.tail.filter(_.isAlive))
    of(taskId).headOption.foreach(own => make(thread, own.lastAsked))
  }

  /** The calling thread's task has ended. */
  def ended(taskId: Long): Unit = Option(threadsOfTasks.remove(taskId)).foreach { its =>
    val thread = its.head
    // If the next one that runs here is a lower one, too, nothing is to be done for it.
    if (thread.lastAsked > 0) {
      val tasks = thread.tasks
      timer.afterMs(idleMs)(thread.synchronized { if (thread.tasks == tasks) make(thread, 0) })
    }
  }

  /** A higher task waits for this one, which is to be as fast as that would be.
   *
   * @param workers processes of its Python workers
   */
  def spare(taskId: Long, workers: Seq[WorkerProcess]): Unit = {
    of(taskId).foreach(make(_, 0))
    workers.foreach(control.nice(_, 0))
  }

  /** A running task has another priority.
   *
   * @param workers processes of its Python workers
   */
  def becomes(taskId: Long, priority: Int, workers: Seq[WorkerProcess]): Unit = if (permitted) {
    of(taskId).foreach { thread =>
      make(thread, wanted(priority))
      if (thread.lastAsked > 0) looksDue.set(looksAtEnd)
    }
    workers.foreach(control.nice(_, wanted(priority)))
  }

  /** A task of this priority begins in a Python worker.
   *
   * @return false: the worker stays as it was, for now
   */
  def workerTurnsTo(worker: WorkerProcess, priority: Int): Boolean =
    permitted && control.nice(worker, wanted(priority))

  /** Again and again: what a lower task's thread starts may serve all, and outlast it. */
  private def takeBackInherited(): Unit = timer.afterMs(everyMs) {
    if (threadsOfTasks.values.asScala.exists(_.exists(_.lastAsked > 0))) looksDue.set(looksAtEnd)
    if (looksDue.getAndUpdate(due => math.max(due - 1, 0)) > 0) control.takeBackInherited(by)
    takeBackInherited()
  }

  private def of(taskId: Long): List[TaskThread] =
    threadsOfTasks.getOrDefault(taskId, Nil).filter(_.isAlive)

  private def wanted(priority: Int): Int = if (priority < high) by else 0

  private def make(thread: TaskThread, target: Int): Unit = thread.synchronized {
    // Its id is found out by the thread itself, when it is first made nicer.
    if (thread.lastAsked != target && thread.id.exists(control.niceThread(_, target))) {
      thread.lastAsked = target
    }
  }
}

private object Niceness {
  private val everyMs = 1000L
  /** How long a thread without a task stays nice: longer than from one short task to the next. */
  private val idleMs = 100L
  /** A thread that inherited it may start another just as the first look takes place. */
  private val looksAtEnd = 2

  /** A thread that runs tasks.
   *
   * @param lastAsked how nice it was last asked to be
   */
  private final class TaskThread(@volatile var lastAsked: Int) {
    /** How many it has begun; counted by itself only. */
    @volatile var tasks = 0L

    private val thread = Thread.currentThread()
    /** If not, its number may be another's by now. */
    def isAlive: Boolean = thread.isAlive

    lazy val id: Option[Long] =
      try Some(Files.readSymbolicLink(self).getFileName.toString.toLong)
      catch { case _: IOException | _: UnsupportedOperationException => None }
  }

  /** Links to the calling thread: PID/task/TID. */
  private val self = Paths.get("/proc/thread-self")
  private val threads = ThreadLocal.withInitial[TaskThread](() => new TaskThread(0))
}
