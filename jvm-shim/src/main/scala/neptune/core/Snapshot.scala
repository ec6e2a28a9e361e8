package neptune.core

/** What a policy sees: plain values, no Spark types, no clock.
 *
 * @param priority that of the pending tasks
 * @param executors those that take new tasks, in the order in which they came
 * @param pending what waits for cores, in the order in which it will be offered them
 * @param rank that of the pending tasks: within what is due to their party
 */
final case class Snapshot(
    priority: Int, executors: IndexedSeq[ExecutorSnapshot], pending: IndexedSeq[PendingTasks],
    rank: Rank) {
  def this(
      priority: Int, executors: IndexedSeq[ExecutorSnapshot],
      pending: IndexedSeq[PendingTasks]) =
    this(priority, executors, pending, Rank.within(priority))
}

object Snapshot {
  def apply(
      priority: Int, executors: IndexedSeq[ExecutorSnapshot],
      pending: IndexedSeq[PendingTasks]): Snapshot =
    new Snapshot(priority, executors, pending)
}

/** An executor; cores are counted in nanocores, see [[Nanocores]].
 *
 * @param totalNanocores what it has
 * @param freeNanocores what the pending tasks may use, with what is on its way; less than none
 *                      where a rescued task runs on a core too many, or suspended tasks that come
 *                      first have lent theirs: victims must bring that, too
 * @param load number of tasks that hold a core
 * @param suspended number of tasks that are suspended there
 * @param memory what is known of its memory, if anything is
 * @param lowestRank the lowest rank of a task there that may be suspendable, as far as is known
 *                   without looking at `tasks`; None: none is
 * @param tasksNow the tasks that hold a core
 */
final class ExecutorSnapshot(
    val executorId: String,
    val host: String,
    val totalNanocores: Long,
    val freeNanocores: Long,
    val load: Int,
    val suspended: Int,
    val memory: Option[MemoryFigures],
    val lowestRank: Option[Rank],
    tasksNow: => IndexedSeq[RunningTask]) {

  /** The lowest priority of a task there that may be suspendable; of the lowest rank, which may be
   *  that of a task over a limit, whatever its priority. */
  def lowest: Option[Int] = lowestRank.flatMap { rank =>
    if (rank.isHeld) tasks.filter(_.rank.isHeld).map(_.priority).reduceOption(_ min _)
    else Some(rank.level)
  }

  /** The tasks that hold a core, in order of launch. Made when they are first looked at: a policy
   *  looks at those of few executors out of ten thousand. */
  lazy val tasks: IndexedSeq[RunningTask] = tasksNow
}

object ExecutorSnapshot {
  /** A view of an executor whose tasks are at hand. */
  def apply(
      executorId: String, host: String, totalNanocores: Long, freeNanocores: Long, suspended: Int,
      memory: Option[MemoryFigures], tasks: IndexedSeq[RunningTask]): ExecutorSnapshot =
    new ExecutorSnapshot(
      executorId, host, totalNanocores, freeNanocores, tasks.size, suspended, memory,
      tasks.filter(_.suspendable).map(_.rank).reduceOption(Rank.lower), tasks)
}

/** The memory of an executor, as means over a window of time.
 *
 * @param heapShare used share of the heap, 0 to 1
 * @param gcShare share of time spent in garbage collection, 0 to 1
 * @param spillBytesPerSecond what its tasks wrote to disk for want of memory
 * @param pythonBytes resident memory of its Python workers
 * @param suspendedBytes execution memory that its suspended tasks hold now
 * @param heldBytes what its tasks, suspended ones too, and cached blocks take now of the memory
 *                  that Spark manages: other than the heap's use, without garbage
 * @param managedBytes how much memory Spark manages there
 */
final case class MemoryFigures(
    heapShare: Double,
    gcShare: Double,
    spillBytesPerSecond: Double,
    pythonBytes: Long,
    suspendedBytes: Long,
    heldBytes: Long,
    managedBytes: Long)

/** A task that holds a core.
 *
 * @param arrival order of launch in the application: ties are broken by it
 * @param ageMs since its launch, in milliseconds
 * @param leftMs until its end, by the mean of its stage's finished tasks; None: not known
 * @param timesSuspended how often it has been suspended
 * @param suspendedMs how long in all, in milliseconds
 * @param locality the level at which it runs, as Spark names it (PROCESS_LOCAL, ...)
 * @param suspendable whether it may be a victim: its rank is lower than that of the pending tasks,
 *                    nobody has asked it to suspend yet, and nothing forbids it
 * @param memoryBytes execution memory that it holds, and resident memory of its Python worker;
 *                    None: not known
 * @param suspendNs what its last suspension took, in nanoseconds; None: there was none
 * @param rank who it comes before: mostly by its priority
 */
final case class RunningTask(
    taskId: Long,
    executorId: String,
    nanocores: Long,
    priority: Int,
    arrival: Long,
    jobId: Int,
    stageId: Int,
    ageMs: Long,
    leftMs: Option[Long],
    timesSuspended: Int,
    suspendedMs: Long,
    locality: String,
    suspendable: Boolean,
    memoryBytes: Option[Long],
    suspendNs: Option[Long],
    rank: Rank) {

  /** One that is within its priority. */
  def this(
      taskId: Long, executorId: String, nanocores: Long, priority: Int, arrival: Long, jobId: Int,
      stageId: Int, ageMs: Long, leftMs: Option[Long], timesSuspended: Int, suspendedMs: Long,
      locality: String, suspendable: Boolean, memoryBytes: Option[Long],
      suspendNs: Option[Long]) =
    this(
      taskId, executorId, nanocores, priority, arrival, jobId, stageId, ageMs, leftMs,
      timesSuspended, suspendedMs, locality, suspendable, memoryBytes, suspendNs,
      Rank.within(priority))
}

/** Tasks of one task set that wait, all with the same needs.
 *
 * @param stageId their stage
 * @param count how many
 * @param nanocores what each needs
 * @param preferred executors where they would rather run, the nearest first: those that cache their
 *                  blocks, those on the right host, those in the right rack; empty: anywhere
 * @param refused executors whose free core they lately left alone (delay scheduling, excluded
 *                nodes, other resources): to suspend tasks there would be for nothing
 * @param together all of them or none: a barrier stage, or a group of pipelined ones
 */
final case class PendingTasks(
    stageId: Int,
    count: Int,
    nanocores: Long,
    preferred: Seq[Set[String]],
    refused: Set[String],
    together: Boolean)
