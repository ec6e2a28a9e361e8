package org.apache.spark.neptune.driver

import neptune.core.{Decision, ExecutorView, Snapshot}
import neptune.policy.{Policies, Policy}

import org.apache.spark.neptune.Settings

/** Asks the policy that is in force.
 *
 * THREADING: under the scheduler's lock.
 */
private[driver] final class PolicyHost(settings: Settings) {
  private val policy: Policy = Policies.named(settings.policy, settings.policySettings).get

  def name: String = policy.name
  def decide(snapshot: Snapshot): Decision = policy.decide(snapshot)
  def offerOrder(executors: IndexedSeq[ExecutorView]): Seq[String] = policy.offerOrder(executors)
}
