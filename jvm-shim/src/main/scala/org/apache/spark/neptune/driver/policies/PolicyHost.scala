package org.apache.spark.neptune.driver.policies

import scala.collection.mutable

import neptune.core.{Decision, ExecutorSnapshot, Snapshot, Victim}
import neptune.policy.{
  AwaitedPolicyCaller, DirectPolicyCaller, NoAnswer, Policies, Policy, PolicyCaller, PolicyGuard}
import neptune.time.Clock

import org.apache.spark.internal.Logging
import org.apache.spark.neptune.driver.report.{Chronicle, DecisionLog, DecisionRecord, Statistics}
import org.apache.spark.neptune.settings.Settings

/** Asks the policy that is in force, and LB where that one does not answer.
 *
 * THREADING: under the scheduler's lock.
 *
 * @param whyShared why a task may be suspended for others of its own level, if it may be
 */
private[driver] final class PolicyHost(
    settings: Settings, statistics: Statistics, chronicle: Chronicle,
    whyShared: Long => Option[String], clock: Clock)
  extends Logging {
  import PolicyHost._

  private val fallbackCaller = new DirectPolicyCaller(builtIn("lb").get)
  private val record = new DecisionLog
  /** What has been warned of. */
  private val causes = mutable.HashSet.empty[String]
  private var inForce = settings.policy
  private var caller = make(settings.policy, None)

  /** As in the setting spark.neptune.policy. */
  def name: String = inForce

  /** Whether a policy is in force that Python has yet to register. */
  def isAwaited: Boolean = caller.isInstanceOf[AwaitedPolicyCaller]

  /** Makes the policy of a name. Not under the lock: a class of the user's may take its time.
   *
   * @param python what decides, if the name is that of a policy written in Python
   * @throws SparkException that names a wrong policy and says what is accepted
   */
  def make(name: String, python: Option[PythonDecider]): PolicyCaller = {
    Settings.checkPolicy(name)
    builtIn(name).map(new DirectPolicyCaller(_))
      .orElse(python.map(decider => guarded(new PythonPolicy(name, decider))))
      .getOrElse {
        if (name.startsWith(Settings.PythonPolicyPrefix)) new AwaitedPolicyCaller(notRegistered)
        else guarded(PolicyClasses.make(name))
      }
  }

  /** Puts another policy in force. */
  def change(name: String, made: PolicyCaller): Unit = {
    caller.close()
    inForce = name
    caller = made
    chronicle.settings(settings.inForce(name))
    logInfo(s"The policy is '$name' from now on.")
  }

  /** The last decisions, the newest first. */
  def decisions(n: Int): Seq[DecisionRecord] = record.last(n)

  def stop(): Unit = caller.close()

  def decide(snapshot: Snapshot): Decision = {
    val beganNs = clock.nanoTime()
    val (chosen, fallback) = answer(Decision.nothing)(_.decide(snapshot))
    val decision = explained(chosen)
    statistics.decisionTime.add(clock.nanoTime() - beganNs)
    record.add(clock.getTimeMillis(), inForce, snapshot, decision, fallback)
      .foreach { added =>
        logDebug(added.toString)
        chronicle.decided(added)
      }
    chronicle.chose(decision.victims, snapshot)
    decision
  }

  /** Others than a policy have decided: a stream's latency target. */
  def told(priority: Int, target: String): Unit = {
    val added = DecisionRecord(
      clock.getTimeMillis(), inForce, priority, 0, Nil, Nil, Nil, None, Some(target))
    record.add(added)
    chronicle.decided(added)
  }

  private def explained(decision: Decision): Decision = {
    val victims = decision.victims.map { victim =>
      whyShared(victim.taskId).fold(victim)(why =>
        Victim.because(victim.taskId, victim.executorId)(s"$why; ${victim.reason}"))
    }
    decision.copy(victims = victims)
  }

  def offerOrder(executors: IndexedSeq[ExecutorSnapshot]): Seq[String] =
    answer(Seq.empty[String])(_.offerOrder(executors))._1

  /** An answer, and why it is LB's if it is.
   *
   * @param otherwise the answer if even LB has none
   */
  private def answer[T](otherwise: T)(
      ask: PolicyCaller => Either[NoAnswer, T]): (T, Option[String]) =
    ask(caller) match {
      case Right(sound) => (sound, None)
      case Left(none) =>
        val fallback = ask(fallbackCaller).left.map(tell("lb", _)).getOrElse(otherwise)
        (fallback, Some(tell(inForce, none)))
    }

  private def tell(name: String, none: NoAnswer): String = {
    val sentence = s"the policy '$name' ${none.sentence}"
    if (none.isFault) statistics.policyFault()
    val message = s"LB decides instead: $sentence"
    // Numbers are of this one case: of tasks, executors, addresses.
    val isNew = causes.size < mostCauses && causes.add(sentence.replaceAll("\\d+", "#"))
    if (isNew) none.cause.fold(logWarning(message))(logWarning(message, _))
    else logDebug(message)
    sentence
  }

  private def guarded(policy: Policy): PolicyCaller = new PolicyGuard(
    policy, new PolicyThread(policy.getClass.getClassLoader, settings.policyTimeoutMs))

  private def builtIn(name: String): Option[Policy] =
    Policies.named(name, settings.policySettings)
}

private[driver] object PolicyHost {
  private val mostCauses = 100
  private val notRegistered =
    "is not registered yet: start the session with neptune_spark.builder() or configure(), or " +
      "set neptune_spark.scheduler(spark).policy"
}
