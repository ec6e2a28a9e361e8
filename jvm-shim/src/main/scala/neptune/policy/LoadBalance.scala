package neptune.policy

import neptune.core.{PendingTasks, RunningTask}

/** LB of the paper: equalises the number of tasks per executor.
 *
 * Both a free core and a victim are those of the executor that has the fewest tasks for its cores.
 * Suspended ones count: there they have to wait for one another, while other executors are idle
 * later on. The victim is the one that was launched last.
 */
private[neptune] final class LoadBalance extends RankedPolicy {
  override val name: String = "lb"

  override def placing(candidate: Candidate): Array[Long] = Array(candidate.crowd)
  override def giving(candidate: Candidate): Array[Long] = Array(candidate.crowd)
  override def victim(candidate: Candidate, task: RunningTask): Array[Long] = Array.empty
  override def tiers(group: PendingTasks): Seq[Set[String]] =
    Option(group.preferred.flatten.toSet).filter(_.nonEmpty).toSeq
  override def reason(candidate: Candidate, task: RunningTask): () => String = {
    val (executorId, tasks, suspended) =
      (candidate.executorId, candidate.view.load, candidate.view.suspended)
    () => s"$executorId has the fewest tasks for its cores ($tasks running and $suspended " +
      "suspended); launched last there"
  }
}
