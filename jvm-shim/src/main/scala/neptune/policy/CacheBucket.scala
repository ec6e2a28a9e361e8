package neptune.policy

import neptune.core.{PendingTasks, RunningTask}

/** The paper's cache-bucket balance: as [[CacheLocal]], but executors whose heaps are equally full,
 *  in steps, are balanced by load.
 */
private[neptune] final class CacheBucket(buckets: Buckets) extends RankedPolicy {
  override val name: String = "cache-bucket"

  override def placing(candidate: Candidate): Array[Long] =
    Array(buckets.heap(candidate.view.memory), candidate.load.toLong)
  override def giving(candidate: Candidate): Array[Long] =
    Array(buckets.heap(candidate.view.memory), -candidate.left.toLong)
  override def victim(candidate: Candidate, task: RunningTask): Array[Long] = Array.empty
  override def tiers(group: PendingTasks): Seq[Set[String]] = group.preferred
  override def reason(candidate: Candidate, task: RunningTask): () => String = {
    val executorId = candidate.executorId
    () => s"$executorId comes first by cached blocks, heap and load; launched last there"
  }
}
