package neptune.core

/** How much a task may be held up for higher levels; manual suspensions do not count, nor those for
 *  others of its own level, and because of limits.
 *
 * What it was held up is made good when it has since run, undisturbed, for as long as it may be
 * held up in all: then it counts from nothing again.
 *
 * @param times how often it may be suspended
 * @param ns how long in all, in nanoseconds
 */
final case class StarvationBound(times: Int, ns: Long) {
  /** Whether the task may be suspended once more. */
  def allows(task: TaskEntry, nowNs: Long): Boolean =
    task.timesPreempted < times && task.totalPreemptedNs(nowNs) < ns || isMadeGood(task, nowNs)

  /** How much of it the task has used up, from 0 to 1; 0 if it may never be suspended for others.
   */
  def usedShare(task: TaskEntry, nowNs: Long): Double =
    if (times <= 0 || ns <= 0 || isMadeGood(task, nowNs)) 0.0
    else math.min(1.0, math.max(
      task.timesPreempted.toDouble / times, task.totalPreemptedNs(nowNs).toDouble / ns))

  /** For how many nanoseconds yet, if it goes on undisturbed, the task may not be suspended; none
   *  or less: it may be; Long.MaxValue: it never may. */
  def barsForNs(task: TaskEntry, nowNs: Long): Long =
    if (allows(task, nowNs)) 0L
    else if (times > 0 && ns > 0) ns - task.undisturbedNs(nowNs)
    else Long.MaxValue

  /** Whether the task has run for long enough since it was last held up. */
  def isMadeGood(task: TaskEntry, nowNs: Long): Boolean =
    times > 0 && ns > 0 && task.undisturbedNs(nowNs) >= ns

  /** How long a suspended task may yet stay so, in nanoseconds; none or less: resume it. */
  def leftNs(task: TaskEntry, nowNs: Long): Long = ns - task.totalPreemptedNs(nowNs)
}
