package neptune.core

import neptune.life.TaskState

/** A live task in the ledger. Only [[CoreLedger]] changes it.
 *
 * Invariant: `seq` is the number of the last request sent to the task's executor; an
 * acknowledgement with another number is stale. `page` is its executor's, for as long as it lives.
 */
final class TaskEntry private[core] (
    launched: LaunchedTask, val arrival: Long, private[core] val page: ExecutorCores) {
  private[core] var current: LaunchedTask = launched
  private[core] var currentState: TaskState = TaskState.Running
  private[core] var currentSeq: Long = 0L
  private[core] var manual: Boolean = false
  private[core] var requestedAtNs: Long = 0L
  private[core] var suspendedAtNs: Long = 0L
  private[core] var suspensions: Int = 0
  private[core] var suspendedNs: Long = 0L
  /** The present suspension, if there is one, is for a higher level. */
  private[core] var preempted: Boolean = false
  /** It is, or will be, for others of its own level, or because of a limit. */
  private[core] var sharing: Boolean = false
  private[core] var preemptions: Int = 0
  private[core] var preemptedNs: Long = 0L
  private[core] var forced: Boolean = false
  private[core] var manuallyResumed: Boolean = false
  private[core] var priorityAsked: Long = 0L
  private[core] var below: Boolean = false
  private[core] var killed: Boolean = false
  /** Since when it has been running undisturbed, if it does. */
  private[core] var runsSinceNs: Long = task.launchedNs
  /** Suspensions in a row that ended in a rescue, and when the last one did. */
  private[core] var rescuesInRow: Int = 0
  private[core] var rescuedAtNs: Long = 0L
  private[core] var lastSuspendNs: Option[Long] = None
  private[core] var keptRunNs: Long = 0L

  /** Its party is to rank it anew: one that is suspended manually needs nothing of what is due. */
  private[core] def setManual(is: Boolean): Unit = if (is != manual) {
    manual = is
    task.accounts.foreach(_.noteChange())
  }

  /** The task as it was launched, but for its priority, rank and accounts, which are those in
   *  force. */
  def task: LaunchedTask = current
  def state: TaskState = currentState
  def seq: Long = currentSeq
  /** What its executor is told as its priority: while anybody may have its core, whoever waits for
   *  what it holds comes before it. */
  def priorityTold: Int = if (below) Int.MinValue else task.priority
  def isBelowAll: Boolean = below
  /** The number under which its executor was last told of another priority; 0: never. */
  def prioritySeq: Long = priorityAsked
  /** Whether its executor may keep a gate for it, since it was sent anything about it. */
  def mayHaveGate: Boolean = seq > 0 || prioritySeq > 0
  /** Suspended manually: stays so until resumed manually, or ended. */
  def isManual: Boolean = manual
  /** Suspended for others of its own level, or because of a limit; of no account to the bound. */
  def isForSharing: Boolean = sharing
  /** Is suspended for others of its own level, and not because of a limit. */
  def isHeldForSharing: Boolean =
    sharing && state == TaskState.Suspended && !manual && !task.rank.isHeld
  def timesSuspended: Int = suspensions
  /** Was last resumed without an idle core, because its time was over. */
  def resumedByForce: Boolean = forced
  /** Was last resumed because a manual suspension had been taken back. */
  def resumedManually: Boolean = manuallyResumed
  /** Its executor says that it was killed: it will not be suspended, whenever it ends. */
  def isKilled: Boolean = killed
  /** What its last suspension took from request to acknowledgement, if it was suspended. */
  def suspendNs: Option[Long] = lastSuspendNs
  /** Whether it runs and nobody has asked it to suspend. */
  def isRunning: Boolean = state == TaskState.Running || state == TaskState.Resuming
  /** For how long it has been running, in nanoseconds, since its launch or its last suspension. */
  def undisturbedNs(nowNs: Long): Long = if (isRunning) nowNs - runsSinceNs else 0L
  /** When the last request was sent, on the caller's monotonic clock. */
  def lastRequestNs: Long = requestedAtNs

  /** Whether the task holds a core, as opposed to having lent it. */
  def holdsCore: Boolean = state != TaskState.Suspended && state != TaskState.Ended

  /** Whether nobody else is to use its core meanwhile. */
  def holdsCoreAlone: Boolean = holdsCore && !task.sharesCores

  /** Core-time of so much time. */
  private[core] def coreNs(ns: Long): Long =
    (ns * Nanocores.toCores(task.nanocores)).toLong

  /** Time spent suspended up to `nowNs`, the present suspension included. */
  def totalSuspendedNs(nowNs: Long): Long =
    suspendedNs + presentNs(nowNs)

  /** For how long it has been running, time suspended not included. */
  def ranNs(nowNs: Long): Long = nowNs - task.launchedNs - totalSuspendedNs(nowNs)
  /** For how long it had been so when it was last suspended: what it would have lost, had it been
   *  killed each time. */
  def keptNs: Long = keptRunNs

  /** How many times it has been suspended for higher levels, and for how long in all. */
  def timesPreempted: Int = preemptions
  def totalPreemptedNs(nowNs: Long): Long =
    preemptedNs + (if (preempted) presentNs(nowNs) else 0L)

  /** For how long yet it is not to be suspended for others, in nanoseconds, since one of them
   *  lately waited for it; none or less: it may be. */
  def restNs(nowNs: Long): Long = restNs(RescueRest.ns(_), nowNs)

  /** The same if it only runs on a core too many, and nobody asks for that. */
  def longRestNs(nowNs: Long): Long = restNs(RescueRest.longNs(_), nowNs)

  private def restNs(after: Int => Long, nowNs: Long): Long =
    if (rescuesInRow == 0) 0L else rescuedAtNs + after(rescuesInRow) - nowNs

  /** For how long it has been suspended this time. */
  def presentNs(nowNs: Long): Long =
    if (state == TaskState.Suspended) nowNs - suspendedAtNs else 0L
}
