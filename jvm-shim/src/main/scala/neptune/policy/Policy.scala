package neptune.policy

import neptune.core.{RunningTask, Snapshot}

/** Says which tasks to suspend so that pending tasks of a higher priority get cores.
 *
 * Pure and deterministic: the same snapshot gives the same victims.
 */
trait Policy {
  /** The name in `spark.neptune.policy`. */
  def name: String

  /** The tasks to suspend, just enough for the pending ones; empty when nothing helps. */
  def victims(snapshot: Snapshot): Seq[RunningTask]
}

object Policy {
  private val builtIn: Map[String, () => Policy] = Map("lb" -> (() => new LoadBalance))

  def named(name: String): Option[Policy] = builtIn.get(name).map(_())
}
