package org.apache.spark.neptune.executor

import java.util.{LinkedHashMap => JLinkedHashMap, Map => JMap}
import java.util.concurrent.TimeUnit

import neptune.protocol.MemoryRelease
import neptune.time.Clock

import org.apache.spark.{SparkThrowable, TaskContext, TaskKilledException}
import org.apache.spark.internal.Logging
import org.apache.spark.memory.SparkOutOfMemoryError
import org.apache.spark.neptune.compat.ErrorCondition

/** Where a task waits for others to end. */
private[executor] trait Endings {
  /** A task has ended. */
  def taskEnded(): Unit

  /** Looks again whenever a task has ended, and after so many milliseconds, until it is over. */
  def waitUntil(lookMs: Long, isOver: () => Boolean): Unit
}

private[executor] final class EndingsOfTasks extends Endings {
  override def taskEnded(): Unit = synchronized(notifyAll())
  override def waitUntil(lookMs: Long, isOver: () => Boolean): Unit = synchronized {
    while (!isOver()) wait(lookMs)
  }
}

/** Has a task run again that failed for want of the memory of others that were suspended.
 *
 * Spark grants each of N tasks one Nth of the execution memory, and N counts suspended tasks. What
 * needs more and can't spill, such as a hash join's table, fails its task
 * (ExecutionMemoryPool.acquireMemory, Spark 4.x), which with N tasks on N cores it would not have
 * done. The lower suspended tasks then release what they hold, or are rescued so that they end,
 * and the task ends as one that is killed: Spark runs it again, and counts no failure
 * (TaskSetManager.handleFailedTask, Spark 4.x). Once no other task here was suspended meanwhile,
 * or it has had its chances, the failure is its own.
 *
 * @param others the other tasks that run here
 * @param areShared whether tasks may be suspended for others of their own priority
 */
private[executor] final class ScarceMemory(
    others: GatedTask => Iterable[GatedTask], areShared: Boolean, clock: Clock,
    endings: Endings)
  extends Logging {
  import ScarceMemory._

  /** How often tasks have been run again, of those that were so lately. */
  private val runs = new JLinkedHashMap[Part, Int] {
    override def removeEldestEntry(eldest: JMap.Entry[Part, Int]): Boolean = size > remembered
  }

  /** Another task has ended, for which one may wait. */
  def taskEnded(): Unit = endings.taskEnded()

  /** What the task on this thread is to end with. */
  def insteadOf(failure: Throwable, task: GatedTask, context: TaskContext): Throwable =
    if (!isShortage(failure) || !isCrowded(task)) failure
    else {
      val part = (context.stageId(), context.stageAttemptNumber(), context.partitionId())
      val before = runs.synchronized(runs.merge(part, 1, _ + _)) - 1
      if (before >= runsAgainAtMost) failure
      else {
        logWarning(s"Neptune: a task gets $reason", failure)
        makeRoom(task, context, math.min(firstWaitNs << before, longestWaitNs))
        new TaskKilledException(reason)
      }
    }

  /** Whether there may be more tasks than cores. */
  private def isCrowded(task: GatedTask): Boolean =
    others(task).exists(other => other.wasAsked || task.wasAsked)

  private def makeRoom(task: GatedTask, context: TaskContext, waitNs: Long): Unit = {
    val endNs = clock.nanoTime() + waitNs
    def isToGo = context.isInterrupted() || task.isAsked || clock.nanoTime() >= endNs
    def waitUntil(condition: => Boolean): Unit =
      endings.waitUntil(lookMs, () => condition || isToGo)
    def answers =
      others(task).filter(GatedTask.comesAfter(_, task, areShared))
        .map(other => other -> other.releaseMemory())
    waitUntil(!answers.exists(_._2 == MemoryRelease.Asked))
    answers.filter(_._2 != MemoryRelease.Done(0L)).foreach(_._1.rescue(Wait.Memory.cause))
    // Tried at once, it would only fail again.
    val crowd = others(task).toSet
    waitUntil(!crowd.subsetOf(others(task).toSet))
  }
}

private object ScarceMemory {
  /** Stage, its attempt, partition. */
  private type Part = (Int, Int, Int)

  /** As the web page of the stage shows it. */
  private val reason = "too little memory beside suspended tasks; runs again"
  private val runsAgainAtMost = 10
  /** Doubles from run to run. The others may need the memory of the task that waits for them. */
  private val firstWaitNs = TimeUnit.SECONDS.toNanos(1)
  private val longestWaitNs = TimeUnit.SECONDS.toNanos(8)
  private val remembered = 1000
  private val lookMs = 20L
  /** "Could not allocate memory to grow BytesToBytesMap", which is no SparkOutOfMemoryError. */
  private val noRoomToGrow = "_LEGACY_ERROR_TEMP_2105"

  private def isShortage(failure: Throwable): Boolean =
    Iterator.iterate(failure)(_.getCause).takeWhile(_ != null).take(20).exists {
      case _: SparkOutOfMemoryError => true
      case known: SparkThrowable => ErrorCondition.of(known) == noRoomToGrow
      case _ => false
    }
}
