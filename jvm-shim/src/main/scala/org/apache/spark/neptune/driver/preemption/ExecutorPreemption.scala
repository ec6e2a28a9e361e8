package org.apache.spark.neptune.driver.preemption

import neptune.core.{Decision, ExecutorSnapshot, PendingTasks, Rank, Snapshot}

/** Has just enough victims preempted on one executor, for tasks that can go on nowhere else.
 *
 * THREADING: under the scheduler's lock.
 *
 * @param decide asks the policy
 */
private[driver] final class ExecutorPreemption(decide: Snapshot => Decision, preemptor: Preemptor) {
  def preempts: Boolean = preemptor.preempts
  def suspends: Boolean = preemptor.suspends

  /** @param executors the one, if it is still there
   *  @param stageId of the tasks, for whoever reads the decision
   *  @param lackingNanocores what they lack beside what is free there, more than none
   *  @param nanocores what one of them needs
   */
  def preempt(
      executors: IndexedSeq[ExecutorSnapshot], rank: Rank, stageId: Int, lackingNanocores: Long,
      nanocores: Long): Unit = {
    val count = math.ceil(lackingNanocores.toDouble / nanocores).toInt
    val pending = PendingTasks(stageId, count, nanocores, Nil, Set.empty, together = false)
    decide(Snapshot(rank.level, executors, IndexedSeq(pending), rank))
      .victims.foreach(victim => preemptor.preempt(victim.taskId, rank.level))
  }
}
