package neptune.policy

import neptune.core.{PendingTasks, RunningTask}

/** LB of the paper: equalises the number of running tasks per executor.
 *
 * The least loaded executor gets a task, the most loaded one gives a victim, the one that was
 * launched last; where loads are equal, executors' heaps decide, in steps.
 */
private[neptune] final class LoadBalance(buckets: Buckets) extends RankedPolicy {
  override val name: String = "lb"

  override def placing(candidate: Candidate): Array[Long] =
    Array(candidate.load.toLong, buckets.heap(candidate.view.memory))
  override def giving(candidate: Candidate): Array[Long] =
    Array(-candidate.left.toLong, -buckets.heap(candidate.view.memory))
  override def victim(task: RunningTask): Array[Long] = Array.empty
  override def tiers(group: PendingTasks): Seq[Set[String]] =
    Option(group.preferred.flatten.toSet).filter(_.nonEmpty).toSeq
  override def reason(candidate: Candidate, task: RunningTask): () => String = {
    val (executorId, load) = (candidate.executorId, candidate.left)
    () => s"$executorId is the most loaded, with $load tasks; launched last there"
  }
}
