package neptune.core

/** How much a task may be held up for others; suspensions by hand do not count.
 *
 * @param times how often it may be suspended
 * @param ns how long in all, in nanoseconds
 */
final case class StarvationBound(times: Int, ns: Long) {
  /** Whether the task may be suspended once more. */
  def allows(task: TaskEntry, nowNs: Long): Boolean =
    task.timesPreempted < times && task.totalPreemptedNs(nowNs) < ns

  /** How long a suspended task may yet stay so, in nanoseconds; none or less: resume it. */
  def leftNs(task: TaskEntry, nowNs: Long): Long = ns - task.totalPreemptedNs(nowNs)
}
