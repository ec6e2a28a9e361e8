package org.apache.spark.neptune.python

import org.apache.spark.neptune.python.WorkerConnection.Kind

/** How long a Python worker may take, in milliseconds.
 *
 * @param graceMs to answer, before its processes are stopped if they use a processor
 * @param noSuspendMs to stay in a section that it marked as not to be suspended
 */
private[neptune] final case class Bounds(graceMs: Long, noSuspendMs: Long)

/** Keeps one run of a task in a worker suspended for as long as the task's gate wants it: it asks
 *  the worker, and has its processes held by the controller if it does not answer at once, or has
 *  other threads or child processes.
 *
 * The worker's hub answers also when the task sleeps in a system call. It can't while C code holds
 * Python's lock, and does not while the task works in C code; then the controller finds out whether
 * the worker's processes use a processor. The reminders have the hub look, and answer, again.
 *
 * Invariants, guarded by the monitor: `held` only while `wanted` is set; nothing is set once the
 * run is over, whatever comes late.
 *
 * THREADING: safe for all callers. The gate is never called under this monitor, since the gate
 * calls this class under its own.
 *
 * @param send sends a frame to the worker; must not block
 * @param hold has the worker's processes stand still after a grace, then runs the block
 * @param continue has them go on, then runs the block
 * @param after runs a block once after some milliseconds
 */
private[python] final class WorkerHold(
    bounds: Bounds,
    send: (Byte, Long, Long) => Unit,
    hold: (Long, () => Unit) => Unit,
    continue: (() => Unit) => Unit,
    after: (Long, () => Unit) => Unit) {
  import WorkerHold._

  private var over = false
  private var wanted: Option[Wanted] = None
  /** The controller was told to hold the worker's processes. */
  private var held = false
  /** Frames sent since the worker was last heard: it reads none in a C call. */
  private var unread = 0
  /** What could not be sent while too many were unread. */
  private var unsent: Option[() => Unit] = None

  /** @param suspended called when the worker's processes stand still */
  def suspend(taskId: Long, seq: Long)(suspended: => Unit): Unit = {
    val wish = new Wanted(taskId, seq, () => suspended)
    val isNew = synchronized {
      if (!over) {
        wanted = Some(wish)
        tell(Kind.Suspend, taskId, seq)
        // It was never told to resume: a newer request came first.
        if (held) holdNow(wish, bounds.graceMs)
      }
      !over
    }
    if (isNew) {
      remindIn(wish, firstReminderMs, 0L)
      keepFromIdling(wish)
    }
  }

  /** @param resumed called when the worker's processes have been continued */
  def resume(taskId: Long, seq: Long)(resumed: => Unit): Unit = synchronized {
    if (!over) tell(Kind.Resume, taskId, seq)
    release(() => resumed)
  }

  def cancel(taskId: Long): Unit = synchronized {
    // First the frame: the worker must find it when it wakes up.
    if (!over) send(Kind.Cancel, taskId, 0L)
    release(() => ())
  }

  /** The run is over, or the worker's connection is. */
  def ended(): Unit = synchronized {
    over = true
    unsent = None
    release(() => ())
  }

  /** The worker has answered a request. */
  def heard(kind: Byte, seq: Long): Unit = synchronized {
    unread = 0
    unsent.foreach { again =>
      unsent = None
      again()
    }
    wanted.filter(_.seq == seq).foreach { wish =>
      wish.waits = false
      kind match {
        case Kind.SuspendedInCompany | Kind.Unreachable => holdNow(wish, graceMs = 0L)
        case Kind.Deferred =>
          letGo(() => ())
          after(bounds.noSuspendMs, () => insist(wish))
        // It waits for us, and there is nobody beside it.
        case _ => letGo(() => ())
      }
    }
  }

  /** The section has lasted too long. */
  private def insist(wish: Wanted): Unit = {
    val still = synchronized {
      val still = wanted.contains(wish)
      if (still) {
        wish.waits = true
        wish.kind = Kind.SuspendNow
        tell(wish.kind, wish.taskId, wish.seq)
      }
      still
    }
    if (still) remindIn(wish, firstReminderMs, 0L)
  }

  private def remindIn(wish: Wanted, ms: Long, waitedMs: Long): Unit = {
    val pause = math.min(ms, bounds.graceMs - waitedMs)
    after(pause, () => remind(wish, pause, waitedMs + pause))
  }

  private def remind(wish: Wanted, pause: Long, waitedMs: Long): Unit = {
    val waits = synchronized {
      val waits = wanted.contains(wish) && wish.waits
      if (waits && !held) holdNow(wish, bounds.graceMs - waitedMs)
      if (waits && unread < unreadForReminders) tell(wish.kind, wish.taskId, wish.seq)
      waits
    }
    if (waits && waitedMs < bounds.graceMs) remindIn(wish, pause * reminderFactor, waitedMs)
  }

  private def holdNow(wish: Wanted, graceMs: Long): Unit = {
    held = true
    hold(graceMs, () => if (synchronized(wanted.contains(wish))) wish.suspended())
  }

  private def release(continued: () => Unit): Unit = {
    wanted = None
    letGo(continued)
  }

  private def letGo(continued: () => Unit): Unit = if (held) {
    held = false
    continue(continued)
  }

  /** Sends the frame; while too many are unread, keeps only the last one, which counts. */
  private def tell(kind: Byte, taskId: Long, seq: Long): Unit =
    if (unread < unreadAtMost) {
      unread += 1
      send(kind, taskId, seq)
    } else unsent = Some(() => tell(kind, taskId, seq))

  /** Spark must not take a suspended worker for an idle one. */
  private def keepFromIdling(wish: Wanted): Unit = after(IdleTimeout.everyMs, () => {
    if (synchronized(wanted.contains(wish))) {
      IdleTimeout.putOff(wish.taskId)
      keepFromIdling(wish)
    }
  })
}

private[python] object WorkerHold {
  /** How long a worker may take that is at a place where it can answer. */
  private val firstReminderMs = 2L
  private val reminderFactor = 3L
  private val unreadForReminders = 8
  /** Far fewer than a Unix socket holds, also of answers. */
  private val unreadAtMost = 32

  /** A suspension that the gate wants; compared by identity. */
  private final class Wanted(val taskId: Long, val seq: Long, val suspended: () => Unit) {
    /** What to ask for, and whether an answer is still due. */
    var kind: Byte = Kind.Suspend
    var waits: Boolean = true
  }
}
