package neptune.core

import scala.collection.mutable

/** What the ledger is told of a task when it is launched.
 *
 * @param taskId Spark's task attempt id, unique in the application
 * @param nanocores what it needs; 1,000,000,000 are one core, see [[Nanocores]]
 * @param priority higher is more urgent
 * @param suspendable false for barrier tasks and those of real-time queries, which are never
 *                    suspended
 * @param locality the level at which it runs, as Spark names it
 * @param launchedNs when, on the caller's monotonic clock
 * @param resources what it holds beside cores until it ends, suspended or not, by name: a GPU, say
 * @param sharesCores whether others may use its cores beside it: a real-time query's, which mostly
 *                    waits for input
 * @param rank who it comes before: of its priority, or held over a limit
 * @param accounts where its cores are booked for those who share them, or are limited
 */
final case class LaunchedTask(
    taskId: Long,
    executorId: String,
    nanocores: Long,
    priority: Int,
    suspendable: Boolean,
    stageId: Int,
    jobId: Int,
    locality: String,
    launchedNs: Long,
    resources: Set[String],
    sharesCores: Boolean,
    rank: Rank,
    accounts: Seq[Account]) {
  require(rank.isHeld || rank.level == priority, s"a task of priority $priority can't be $rank")

  /** One that holds cores only, for itself, and shares them with no party. */
  def this(
      taskId: Long, executorId: String, nanocores: Long, priority: Int, suspendable: Boolean,
      stageId: Int, jobId: Int, locality: String, launchedNs: Long) =
    this(
      taskId, executorId, nanocores, priority, suspendable, stageId, jobId, locality, launchedNs,
      Set.empty, sharesCores = false, Rank.within(priority), Nil)
}

/** Cores as integers: Spark 4.3 allows fractions of a core, and sums of doubles drift. */
object Nanocores {
  /** As many as Spark has (CpuAmount.SCALE, Spark 4.3): with fewer, three tasks of a third of a
   *  core would not add up to what Spark has left of one. */
  val Decimals: Int = 9
  val PerCore: Long = 1000000000L
  def toCores(nanocores: Long): Double = nanocores.toDouble / PerCore

  /** The sums by executor, of which there may be some thousands. */
  def byExecutor(parts: Iterator[(String, Long)]): Map[String, Long] = {
    val sums = mutable.HashMap.empty[String, Long]
    parts.foreach { case (id, nanocores) => sums(id) = sums.getOrElse(id, 0L) + nanocores }
    sums.toMap
  }
}
