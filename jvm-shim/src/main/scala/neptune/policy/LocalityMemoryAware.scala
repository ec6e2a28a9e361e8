package neptune.policy

import neptune.core.{MemoryFigures, PendingTasks, RunningTask}

/** LMA of the paper: locality and memory aware.
 *
 * Tasks run where they prefer to, the nearest places first. Other executors are ordered by the
 * condition of their memory, and as by LB where that is equal. First comes how much of it is held:
 * a victim keeps what it has, so that this is what the pending task finds beside it. Used heap is
 * no measure of that, since it is mostly garbage. The pending task takes the place of a victim
 * there, which is not about to finish, holds little memory, and is suspended cheaply.
 */
private[neptune] final class LocalityMemoryAware(buckets: Buckets) extends RankedPolicy {
  import LocalityMemoryAware._

  override val name: String = "lma"

  override def placing(candidate: Candidate): Array[Long] =
    buckets.condition(candidate.view.memory, candidate.placed, candidate.crowd)
  override def giving(candidate: Candidate): Array[Long] =
    buckets.condition(candidate.view.memory, candidate.placed, candidate.crowd)
  override def victim(candidate: Candidate, task: RunningTask): Array[Long] = Array(
    if (task.leftMs.exists(_ < soonMs)) 1L else 0L,
    (for (held <- task.memoryBytes; memory <- candidate.view.memory)
      yield buckets.ofManaged(held, memory)).getOrElse(0L),
    task.suspendNs.fold(0L)(_ / cheapNs))
  override def tiers(group: PendingTasks): Seq[Set[String]] = group.preferred
  override def reason(candidate: Candidate, task: RunningTask): () => String = {
    val (executorId, memory) = (candidate.executorId, candidate.view.memory)
    () => inWords(executorId, memory, task.memoryBytes)
  }

  private def inWords(
      executorId: String, memory: Option[MemoryFigures], heldBytes: Option[Long]): String = {
    val figures = memory.fold("not known yet")(m =>
      f"held ${m.heldBytes / Mib}%.0f of ${m.managedBytes / Mib}%.0f MiB, GC " +
        f"${m.gcShare * 100}%.0f %%, spill ${m.spillBytesPerSecond / Mib}%.0f MiB/s, Python " +
        f"${m.pythonBytes / Mib}%.0f MiB")
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
