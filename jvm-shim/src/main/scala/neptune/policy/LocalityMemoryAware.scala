package neptune.policy

import neptune.core.{MemoryFigures, PendingTasks, RunningTask}

/** LMA of the paper: locality and memory aware.
 *
 * Tasks run where they prefer to, the nearest places first. Other executors are ordered by the
 * condition of their memory (disk spill, heap use, share of time in GC, Python workers' memory),
 * and by load where that is equal; the pending task takes the place of a victim there, which is
 * not about to finish, holds little memory, and is suspended cheaply.
 */
private[neptune] final class LocalityMemoryAware(buckets: Buckets) extends RankedPolicy {
  import LocalityMemoryAware._

  override val name: String = "lma"

  override def placing(candidate: Candidate): Array[Long] =
    buckets.condition(candidate.view.memory, candidate.load.toLong)
  override def giving(candidate: Candidate): Array[Long] =
    buckets.condition(candidate.view.memory, -candidate.left.toLong)
  override def victim(task: RunningTask): Array[Long] = Array(
    if (task.leftMs.exists(_ < soonMs)) 1L else 0L,
    task.memoryBytes.fold(0L)(buckets.bytes),
    task.suspendNs.fold(0L)(_ / cheapNs))
  override def tiers(group: PendingTasks): Seq[Set[String]] = group.preferred
  override def reason(candidate: Candidate, task: RunningTask): () => String = {
    val (executorId, memory) = (candidate.executorId, candidate.view.memory)
    () => inWords(executorId, memory, task.memoryBytes)
  }

  private def inWords(
      executorId: String, memory: Option[MemoryFigures], heldBytes: Option[Long]): String = {
    val figures = memory.fold("not known yet")(m =>
      f"heap ${m.heapShare * 100}%.0f %%, GC ${m.gcShare * 100}%.0f %%, spill " +
        f"${m.spillBytesPerSecond / Mib}%.0f MiB/s, Python ${m.pythonBytes / Mib}%.0f MiB")
    val held = heldBytes.fold("")(b => f"; the task holds ${b / Mib}%.0f MiB")
    s"$executorId comes first by locality and memory ($figures)$held"
  }
}

private object LocalityMemoryAware {
  /** A task that ends so soon is better left alone, in milliseconds. */
  val soonMs: Long = 1000L
  /** Suspensions that take less are all cheap, in nanoseconds: a stop by signal is not. */
  val cheapNs: Long = 20L * 1000 * 1000
  val Mib: Double = 1048576.0
}
