package org.apache.spark.neptune.executor

import java.lang.management.{ManagementFactory, ThreadInfo}
import java.util.concurrent.atomic.AtomicBoolean

import org.apache.spark.internal.Logging

/** Sees to it that a task does not wait for what a suspended task of lower priority holds.
 *
 * While a task is suspended here, it looks at the threads of the running ones. One that is blocked
 * on a monitor or lock of a suspended task's thread has that task rescued; one that waits, from one
 * look to the next, for a block's lock or for execution memory, whose holders Spark does not name,
 * has all lower suspended tasks rescued.
 *
 * @param gates the gates of the tasks that run here
 * @param after runs a block once after some milliseconds
 */
private[executor] final class BlockedTaskGuard(
    gates: () => Iterable[TaskGate], after: (Long, () => Unit) => Unit) extends Logging {
  import BlockedTaskGuard._

  private val watching = new AtomicBoolean(false)
  private val threads = ManagementFactory.getThreadMXBean
  /** Threads that waited at the last look; used by the timer's thread alone. */
  private var waited = Set.empty[Long]

  /** A task is about to be suspended: look, until none is. */
  def watch(): Unit = if (watching.compareAndSet(false, true)) after(everyMs, () => look())

  private def look(): Unit = {
    val all = gates().toSeq
    val suspended = for (gate <- all; thread <- gate.suspendedThread) yield (gate, thread.getId)
    if (suspended.isEmpty && !all.exists(_.isAsked)) {
      waited = Set.empty
      watching.set(false)
      // A request that came since would not have been watched.
      if (gates().exists(_.isAsked)) watch()
    } else {
      val running = for (gate <- all; thread <- gate.runningThread) yield (gate, thread.getId)
      val waits = running.flatMap { case (gate, thread) => rescueFor(gate, thread, suspended) }
      waited = waits.toSet
      after(everyMs, () => look())
    }
  }

  /** Rescues what the running task is blocked by.
   *
   * @return its thread, if it waits for something whose holder is not known yet
   */
  private def rescueFor(
      running: TaskGate, thread: Long, suspended: Seq[(TaskGate, Long)]): Option[Long] = {
    val lower = suspended.filter(_._1.priority < running.priority)
    val info = if (lower.isEmpty) None else Option(threads.getThreadInfo(thread, frames))
    info.flatMap { state =>
      lower.find(_._2 == state.getLockOwnerId).foreach(owner => rescue(owner._1, state))
      if (!waitsForSpark(state)) None
      else {
        if (waited(thread)) lower.foreach { case (gate, _) => rescue(gate, state) }
        Some(thread)
      }
    }
  }

  private def rescue(gate: TaskGate, blocked: ThreadInfo): Unit = {
    logInfo(s"Neptune: resumed a suspended task, for which '${blocked.getThreadName}' waits")
    gate.rescue()
  }

  private def waitsForSpark(info: ThreadInfo): Boolean =
    info.getThreadState != Thread.State.RUNNABLE &&
      info.getStackTrace.exists(frame => holders(frame.getClassName))
}

private[executor] object BlockedTaskGuard {
  private val everyMs = 10L
  private val frames = 12
  /** Where a task waits for a block's lock, and for execution memory (Spark 4.x). */
  private val holders = Set(
    "org.apache.spark.storage.BlockInfoManager", "org.apache.spark.memory.ExecutionMemoryPool")
}
