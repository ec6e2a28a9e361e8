package org.apache.spark.neptune.driver.report

import com.codahale.metrics.Counter
import neptune.core.{CoreLedger, Nanocores, StarvationBound}
import neptune.protocol.Cause
import neptune.time.Clock

/** Counts and latencies since the session started: once for all who show them.
 *
 * THREADING: what is kept here may be read by all; `report`, and what is asked of the ledger, is
 * under the scheduler's lock.
 */
private[driver] final class Statistics(
    ledger: CoreLedger, val levels: Levels, bound: StarvationBound, clock: Clock) {
  val suspendLatency: Latencies = new Latencies
  val resumeLatency: Latencies = new Latencies
  val suspendRoundTrip: Latencies = new Latencies
  val resumeRoundTrip: Latencies = new Latencies
  /** How long the policy takes for one snapshot. */
  val decisionTime: Latencies = new Latencies
  val suspensions: Counter = new Counter
  val resumptions: Map[String, Counter] = countersOf(ResumeReason.all)
  /** By what the higher task waited for. */
  val rescues: Map[String, Counter] = countersOf(Cause.all.map(_.name))
  val overdue: Counter = new Counter
  val memoryReleases: Counter = new Counter
  val releasedBytes: Counter = new Counter
  val resumedAtBound: Counter = new Counter
  val kills: Counter = new Counter
  val wastedMs: Counter = new Counter
  val policyFaults: Counter = new Counter

  def suspended(latencyNs: Long, roundTripNs: Long, late: Boolean): Unit = {
    suspensions.inc()
    suspendLatency.add(latencyNs)
    suspendRoundTrip.add(roundTripNs)
    if (late) overdue.inc()
  }

  /** A task ended before its executor could say that it had resumed. */
  def resumedAndEnded(reason: String): Unit = resumptions(reason).inc()

  def resumed(latencyNs: Long, roundTripNs: Long, reason: String): Unit = {
    resumeLatency.add(latencyNs)
    resumeRoundTrip.add(roundTripNs)
    resumptions(reason).inc()
  }

  def rescued(cause: Cause): Unit = {
    rescues(cause.name).inc()
    resumptions(ResumeReason.Rescue).inc()
  }

  /** A suspended task freed memory for one of higher priority. */
  def memoryReleased(bytes: Long): Unit = {
    memoryReleases.inc()
    releasedBytes.inc(bytes)
  }

  /** A task was suspended for as long as a task may be. */
  def bounded(): Unit = resumedAtBound.inc()

  /** A victim is killed that has been running for so long. */
  def killed(ageMs: Long): Unit = {
    kills.inc()
    wastedMs.inc(ageMs)
  }

  /** A policy raised, answered wrongly, or did not answer in time. */
  def policyFault(): Unit = policyFaults.inc()

  /** Core-seconds for which cores were lent. */
  def lentCoreS: Double = ledger.lentCoreNs(clock.nanoTime()) / 1e9

  /** Core-seconds that killing tasks in the place of suspending them would have thrown away. */
  def workKeptCoreS: Double = ledger.keptCoreNs / 1e9

  /** The greatest share that a live task has used up of what it may be suspended for others. */
  def boundUsedMax: Double = {
    val now = clock.nanoTime()
    ledger.live.map(bound.usedShare(_, now)).foldLeft(0.0)(math.max)
  }

  def report: Map[String, Any] = Map(
    "suspensions" -> suspensions.getCount,
    "resumptions" -> sumOf(resumptions),
    "resumptions_by_reason" -> valuesOf(resumptions),
    "suspend_latency" -> suspendLatency.summary,
    "resume_latency" -> resumeLatency.summary,
    "suspend_round_trip" -> suspendRoundTrip.summary,
    "resume_round_trip" -> resumeRoundTrip.summary,
    "decision_time" -> decisionTime.summary,
    "cores_lent" -> Nanocores.toCores(ledger.lentNanocores),
    "cores_lent_max" -> Nanocores.toCores(ledger.lentNanocoresAtMost),
    "lent_core_s" -> lentCoreS,
    "work_kept_core_s" -> workKeptCoreS,
    "tasks_running" -> (ledger.size - ledger.suspendedCount),
    "tasks_suspended" -> ledger.suspendedCount,
    "overdue" -> overdue.getCount,
    "rescues" -> sumOf(rescues),
    "rescues_by_cause" -> valuesOf(rescues),
    "memory_releases" -> memoryReleases.getCount,
    "released_bytes" -> releasedBytes.getCount,
    "bound_used_max" -> boundUsedMax,
    "resumed_at_bound" -> resumedAtBound.getCount,
    "kills" -> kills.getCount,
    "wasted_task_s" -> wastedMs.getCount / 1e3,
    "policy_faults" -> policyFaults.getCount,
    "levels" -> levels.now.map(describe))

  private def describe(level: LevelFigures): Map[String, Any] = Map(
    "priority" -> level.priority,
    "tasks_running" -> level.running,
    "tasks_pending" -> level.pending,
    "tasks_suspended" -> level.suspended,
    "cores_lent" -> Nanocores.toCores(level.lentNanocores),
    "first_task_latency" -> level.firstTasks.getOrElse(new Latencies).summary)

  private def countersOf(kinds: Seq[String]): Map[String, Counter] =
    kinds.map(_ -> new Counter).toMap

  private def valuesOf(counters: Map[String, Counter]): Map[String, Long] =
    counters.map { case (kind, counter) => kind -> counter.getCount }

  private def sumOf(counters: Map[String, Counter]): Long = counters.values.map(_.getCount).sum
}

/** Why a task resumes, as `SparkListenerTaskResumed` says. */
private[driver] object ResumeReason {
  val Core: String = "core"
  val Rescue: String = "rescue"
  val Resource: String = "resource"
  val Bound: String = "bound"
  val Decommission: String = "decommission"
  val Manual: String = "manual"

  val all: Seq[String] = Seq(Core, Rescue, Resource, Bound, Decommission, Manual)
}
