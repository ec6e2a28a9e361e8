package org.apache.spark.neptune.executor

import java.lang.management.ManagementFactory
import java.util.concurrent.TimeUnit
import javax.management.ObjectName

import scala.collection.mutable
import scala.jdk.CollectionConverters._
import scala.util.control.NonFatal

import neptune.time.{Clock, Timer}

import org.apache.spark.{SparkEnv, TaskContext}
import org.apache.spark.executor.ExecutorMetrics
import org.apache.spark.internal.Logging
import org.apache.spark.neptune.rpc.{ExecutorFigures, TaskMemory}

/** Tells the driver, again and again, what this executor's JVM and the tasks in it use.
 *
 * THREADING: `begins` and `ended` are called by the tasks' threads. It samples in a thread of its
 * own, since Spark's MemoryManager, which it asks, keeps its monitor while it evicts blocks to disk
 * (Spark 4.x): the agent's timer must not wait for that, nor may a task, so that the sampler's own
 * monitor is never held meanwhile.
 *
 * @param intervalMs from the end of one sample to the next
 * @param report sends figures to the driver; must not block
 * @param timer its own
 */
private[executor] final class MemorySampler(
    intervalMs: Long, report: ExecutorFigures => Unit, clock: Clock, timer: Timer)
  extends Logging {
  import MemorySampler._

  /** The tasks here that have not ended, and what those that have had spilled. Both under the
   *  monitor, so that no task is counted twice or not at all while it ends. */
  private val tasks = mutable.LongMap.empty[Sampled]
  private var spilledByEnded = 0L

  /** Used by the timer's thread alone. */
  private var failed = false
  @volatile private var stopped = false
  sampleLater()

  /** A task starts under its gate. */
  def begins(context: TaskContext, gate: TaskGate): Unit = synchronized {
    tasks(context.taskAttemptId()) = Sampled(context, gate)
  }

  /** The task has ended; what it may still free counts as free. */
  def ended(taskId: Long): Unit = synchronized {
    tasks.remove(taskId).foreach(spilledByEnded += _.spilledBytes)
  }

  def stop(): Unit = {
    stopped = true
    timer.stop()
  }

  private def sampleLater(): Unit = timer.afterMs(intervalMs) {
    sample()
    sampleLater()
  }

  /** There is a next one only if this one does not throw. */
  private def sample(): Unit =
    try report(figures())
    catch {
      case NonFatal(problem) if !failed && !stopped =>
        failed = true
        logWarning("Neptune: this executor could not report its memory; it keeps trying", problem)
      case NonFatal(_) => ()
    }

  private def figures(): ExecutorFigures = {
    val (live, spilledBytes) = synchronized {
      (tasks.valuesIterator.toList, spilledByEnded + tasks.valuesIterator.map(_.spilledBytes).sum)
    }
    val manager = SparkEnv.get.memoryManager
    val heap = ManagementFactory.getMemoryMXBean.getHeapMemoryUsage
    ExecutorFigures(
      TimeUnit.NANOSECONDS.toMillis(clock.nanoTime()),
      heap.getUsed,
      heap.getMax,
      // A collector that does not tell its time answers -1.
      ManagementFactory.getGarbageCollectorMXBeans.asScala
        .map(bean => math.max(0L, bean.getCollectionTime)).sum,
      spilledBytes,
      MemorySampler.machineBytes,
      // What execution uses is not for storage to have (UnifiedMemoryManager, Spark 4.x).
      manager.maxOnHeapStorageMemory + manager.maxOffHeapStorageMemory +
        manager.executionMemoryUsed,
      ExecutorMetrics.getCurrentMetrics(manager).toSeq,
      live.map(_.memory))
  }
}

private object MemorySampler {
  private val machine = new ObjectName(ManagementFactory.OPERATING_SYSTEM_MXBEAN_NAME)

  /** The attribute's name is the same in every Java, other than that of its method. */
  def machineBytes: Long =
    ManagementFactory.getPlatformMBeanServer
      .getAttribute(machine, "TotalPhysicalMemorySize") match {
      case bytes: java.lang.Long => bytes
      case _ => Long.MaxValue
    }

  final case class Sampled(context: TaskContext, gate: TaskGate) {
    def spilledBytes: Long = context.taskMetrics().diskBytesSpilled
    def memory: TaskMemory = TaskMemory(
      context.taskAttemptId(),
      context.taskMemoryManager().getMemoryConsumptionForThisTask,
      gate.suspendedThread.isDefined)
  }
}
