package neptune.policy

import neptune.core.{Decision, ExecutorSnapshot, Snapshot}

/** Says which tasks to suspend so that pending tasks of a higher priority get cores, and where
 *  those should run.
 *
 * Pure and deterministic: the same snapshot gives the same answer. A class of the user's that is
 * named in `spark.neptune.policy` needs a public constructor without parameters.
 */
trait Policy {
  /** The name in `spark.neptune.policy`. */
  def name: String

  /** Which tasks to suspend, and where the pending tasks are meant to run. */
  def decide(snapshot: Snapshot): Decision

  /** In which order executors with free cores are offered to tasks of a priority above others;
   *  those that are left out come last. Tasks with preferred locations choose among them all the
   *  same (Spark's delay scheduling). */
  def offerOrder(executors: IndexedSeq[ExecutorSnapshot]): Seq[String]
}
