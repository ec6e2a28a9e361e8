package org.apache.spark.neptune.executor

import java.util.concurrent.atomic.AtomicBoolean

import scala.util.control.NonFatal

import neptune.protocol.MemoryRelease
import neptune.time.Timer

import org.apache.spark.internal.Logging

/** Sees to it that a task does not wait for what a suspended task of lower priority holds; nor of
 *  its own, where such tasks share cores.
 *
 * While a task is suspended here, it looks again and again at the threads of the running ones:
 *
 *  - One that waits for a monitor or lock of a suspended task's thread, if only by way of other
 *    threads, has that task rescued.
 *  - One that waits for a turn in what one thread at a time may do, has those rescued that have it.
 *  - One that waits, from one look to the next, for a block, whose holders Spark does not name, has
 *    all lower suspended tasks rescued.
 *  - One that waits so for execution memory has the lower suspended tasks release theirs; if it
 *    still waits then, those are rescued that kept some.
 *  - One that stands for several looks at one place, waiting for something that has no owner, such
 *    as a semaphore or a connection of a pool, has all lower suspended tasks rescued. This may be
 *    in vain: it costs no more than that they run beside it.
 *
 * @param tasks those that run here
 * @param waitOf what a thread waits for, if it waits; the search from owner to owner ends at
 *               threads that stand still
 * @param holdsKey whether a thread that stands still has such a turn ([[Wait.Key]])
 * @param areShared whether tasks may be suspended for others of their own priority
 * @param everyMs from one look to the next
 */
private[executor] final class BlockedTaskGuard(
    tasks: () => Iterable[GatedTask], waitOf: (Long, Long => Boolean) => Option[Wait],
    holdsKey: Long => Boolean, areShared: Boolean, everyMs: Long, timer: Timer)
  extends Logging {
  import BlockedTaskGuard._

  private val watching = new AtomicBoolean(false)
  /** What threads waited for at the last look, and for how many looks; used by the timer's thread
   *  alone. */
  private var waited = Map.empty[Long, Waited]
  private var complained = false

  /** A task is about to be suspended: look, until none is. */
  def watch(): Unit = if (watching.compareAndSet(false, true)) timer.afterMs(everyMs)(look())

  private def look(): Unit = {
    // Else one look that fails would be the last.
    val again = try lookOnce() catch { case NonFatal(e) => complain(e); true }
    if (again) timer.afterMs(everyMs)(look())
  }

  /** @return whether to look again */
  private def lookOnce(): Boolean = {
    val all = tasks().toList
    val suspended = for (gate <- all; thread <- threads(gate, gate.suspendedThread))
      yield (gate, thread.getId)
    if (suspended.isEmpty && !all.exists(_.isAsked)) {
      waited = Map.empty
      watching.set(false)
      // A request that came since would not have been watched.
      tasks().exists(_.isAsked) && watching.compareAndSet(false, true)
    } else {
      val running = for (gate <- all; thread <- threads(gate, gate.runningThread))
        yield (gate, thread)
      waited = running.flatMap { case (gate, thread) =>
        try helpOut(gate, thread, suspended) catch { case NonFatal(e) => complain(e); None }
      }.toMap
      true
    }
  }

  /** A task's own thread, and those that feed its workers, if they are to be looked at. */
  private def threads(gate: GatedTask, own: Option[Thread]): Seq[Thread] =
    own.toList.flatMap(_ +: gate.feeders)

  private def complain(problem: Throwable): Unit = if (!complained) {
    complained = true
    logWarning("Neptune: could not see what a task waits for; it keeps trying", problem)
  }

  /** Resolves what the running task waits for, if it is lower suspended tasks.
   *
   * @return its thread's wait, if its cause is not known for certain
   */
  private def helpOut(
      running: GatedTask, thread: Thread, suspended: Seq[(GatedTask, Long)])
      : Option[(Long, Waited)] = {
    val lower = suspended.collect {
      case (gate, id) if GatedTask.comesAfter(gate, running, areShared) => id -> gate
    }.toMap
    // To see the state costs nothing; to see the stack, the thread must be halted.
    val looksIdle = lower.nonEmpty && thread.getState != Thread.State.RUNNABLE
    val found = if (looksIdle) waitOf(thread.getId, lower.contains) else None
    found.flatMap { what =>
      val looks = waited.get(thread.getId).filter(_.what == what).fold(0)(_.looks)
      def rescueAll(): Unit = lower.values.foreach(rescue(_, thread, what))
      what match {
        case Wait.Owned(owner) =>
          lower.get(owner).foreach(rescue(_, thread, what))
          None
        case Wait.Key =>
          lower.foreach { case (id, gate) => if (holdsKey(id)) rescue(gate, thread, what) }
          None
        case Wait.Block =>
          if (looks >= 1) rescueAll()
          Some(looks + 1)
        case Wait.Memory => Some(if (looks >= 1) freeMemory(lower.values, thread, looks) else 1)
        case Wait.Unknown(_) =>
          if (looks >= looksAtUnknown) rescueAll()
          Some(looks + 1)
      }
    }.map(looks => thread.getId -> Waited(found.get, looks))
  }

  /** @return for how many looks the thread has waited since the others began to spill */
  private def freeMemory(lower: Iterable[GatedTask], blocked: Thread, looks: Int): Int = {
    val answers = lower.map(gate => gate -> gate.releaseMemory())
    if (answers.exists(_._2 == MemoryRelease.Asked)) 1
    else {
      // What was given at the last moment has not reached it yet.
      if (looks >= 2) answers.filter(_._2 != MemoryRelease.Done(0L)).foreach {
        case (gate, _) => rescue(gate, blocked, Wait.Memory)
      }
      looks + 1
    }
  }

  private def rescue(gate: GatedTask, blocked: Thread, what: Wait): Unit = {
    logInfo(s"Neptune: resumed a suspended task, for which '${blocked.getName}' waits ($what)")
    gate.rescue(what.cause)
  }
}

private[executor] object BlockedTaskGuard {
  /** So many looks in a row must a task be seen at one place. */
  private val looksAtUnknown = 5

  private final case class Waited(what: Wait, looks: Int)
}
