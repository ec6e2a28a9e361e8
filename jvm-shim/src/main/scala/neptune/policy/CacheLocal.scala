package neptune.policy

import neptune.core.{PendingTasks, RunningTask}

/** The paper's cache-local: pending tasks run where their blocks are cached, whatever the load;
 *  tasks without such blocks, on the executor that came first.
 */
private[neptune] final class CacheLocal extends RankedPolicy {
  override val name: String = "cache-local"

  override def placing(candidate: Candidate): Array[Long] = Array.empty
  override def giving(candidate: Candidate): Array[Long] = Array.empty
  override def victim(candidate: Candidate, task: RunningTask): Array[Long] = Array.empty
  override def tiers(group: PendingTasks): Seq[Set[String]] = group.preferred
  override def reason(candidate: Candidate, task: RunningTask): () => String = {
    val executorId = candidate.executorId
    () => s"$executorId is the nearest to the pending tasks' blocks; launched last there"
  }
}
