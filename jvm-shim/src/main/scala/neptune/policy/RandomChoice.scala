package neptune.policy

import scala.util.hashing.MurmurHash3

import neptune.core.{PendingTasks, RunningTask}

/** Victims and places by chance, of which the seed and the tasks decide: a baseline. Where tasks
 * prefer to run still comes first: elsewhere Spark would not launch them yet (delay scheduling).
 *
 * @param seed another one, another order
 */
private[neptune] final class RandomChoice(seed: Int) extends RankedPolicy {
  override val name: String = "random"

  override def placing(candidate: Candidate): Array[Long] =
    Array(hash(candidate.executorId.hashCode, candidate.placed))
  override def giving(candidate: Candidate): Array[Long] =
    Array(hash(candidate.executorId.hashCode, candidate.yielded))
  override def victim(candidate: Candidate, task: RunningTask): Array[Long] =
    Array(hash(task.taskId.hashCode, task.timesSuspended))
  override def tiers(group: PendingTasks): Seq[Set[String]] =
    Option(group.preferred.flatten.toSet).filter(_.nonEmpty).toSeq
  override def reason(candidate: Candidate, task: RunningTask): () => String = () => "by chance"

  private def hash(a: Int, b: Int): Long =
    MurmurHash3.finalizeHash(MurmurHash3.mix(MurmurHash3.mix(seed, a), b), 2).toLong
}
