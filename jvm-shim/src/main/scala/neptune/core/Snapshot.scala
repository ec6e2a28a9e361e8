package neptune.core

/** What a policy sees: plain values, no Spark types, no clock.
 *
 * @param executors every executor that can be told to suspend
 * @param running the candidates: suspendable tasks of a lower priority than the demand's that hold
 *                a core and were not asked to suspend yet
 * @param pending tasks of one priority that wait for cores
 */
final case class Snapshot(
    executors: Seq[ExecutorView],
    running: Seq[RunningTask],
    pending: Seq[PendingTasks])

/** @param free micro-cores that the pending tasks may use, those on their way included
 *  @param load number of tasks that hold a core
 */
final case class ExecutorView(executorId: String, free: Long, load: Int)

/** @param arrival order of launch in the application: ties are broken by it */
final case class RunningTask(
    taskId: Long, executorId: String, cores: Long, priority: Int, arrival: Long)

/** Tasks of one task set that wait, all with the same needs.
 *
 * @param count how many
 * @param cores micro-cores that each needs
 * @param preferred executors where they would rather run; empty: anywhere
 * @param refused executors whose free core they lately left alone (delay scheduling, excluded
 *                nodes, other resources): to suspend tasks there would be for nothing
 * @param together all of them or none: a barrier stage
 */
final case class PendingTasks(
    count: Int,
    cores: Long,
    preferred: Set[String],
    refused: Set[String],
    together: Boolean)
