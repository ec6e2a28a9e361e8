package org.apache.spark.neptune.driver

import neptune.core.{Nanocores, CoreLedger}
import neptune.time.Clock

/** Counts and latencies since the session started. Under the scheduler's lock. */
private[driver] final class Statistics(ledger: CoreLedger, clock: Clock) {
  private val suspendLatency = new Latencies
  private val resumeLatency = new Latencies
  private val suspendRoundTrip = new Latencies
  private val resumeRoundTrip = new Latencies
  private var overdue = 0L
  private var rescues = 0L
  private var releasedBytes = 0L
  private var endedResuming = 0L
  private var resumedAtBound = 0L
  private var kills = 0L
  private var wastedMs = 0L
  private var policyFaults = 0L

  def suspended(latencyNs: Long, roundTripNs: Long, late: Boolean): Unit = {
    suspendLatency.add(latencyNs)
    suspendRoundTrip.add(roundTripNs)
    if (late) overdue += 1
  }

  /** A task ended before its executor could say that it had resumed. */
  def resumedAndEnded(): Unit = endedResuming += 1

  def resumed(latencyNs: Long, roundTripNs: Long): Unit = {
    resumeLatency.add(latencyNs)
    resumeRoundTrip.add(roundTripNs)
  }

  def rescued(): Unit = rescues += 1

  /** A suspended task freed memory for one of higher priority. */
  def memoryReleased(bytes: Long): Unit = releasedBytes += bytes

  /** A task was suspended for as long as a task may be. */
  def bounded(): Unit = resumedAtBound += 1

  /** A victim is killed that has been running for so long. */
  def killed(ageMs: Long): Unit = {
    kills += 1
    wastedMs += ageMs
  }

  /** A policy raised, answered wrongly, or did not answer in time. */
  def policyFault(): Unit = policyFaults += 1

  def report: Map[String, Any] = Map(
    "suspensions" -> suspendLatency.count,
    "resumptions" -> (resumeLatency.count + endedResuming + rescues),
    "suspend_latency" -> suspendLatency.summary,
    "resume_latency" -> resumeLatency.summary,
    "suspend_round_trip" -> suspendRoundTrip.summary,
    "resume_round_trip" -> resumeRoundTrip.summary,
    "cores_lent" -> Nanocores.toCores(ledger.lentNanocores),
    "cores_lent_max" -> Nanocores.toCores(ledger.lentNanocoresAtMost),
    "lent_core_s" -> ledger.lentCoreNs(clock.nanoTime()) / 1e9,
    "tasks_running" -> (ledger.size - ledger.suspendedCount),
    "tasks_suspended" -> ledger.suspendedCount,
    "overdue" -> overdue,
    "rescues" -> rescues,
    "released_bytes" -> releasedBytes,
    "resumed_at_bound" -> resumedAtBound,
    "kills" -> kills,
    "wasted_task_s" -> wastedMs / 1e3,
    "policy_faults" -> policyFaults)
}
