package org.apache.spark.neptune.driver.report

import java.util.concurrent.TimeUnit

import com.codahale.metrics.{Gauge, Metric}
import neptune.core.{CoreLedger, Nanocores, Priority}
import neptune.time.Clock

import org.apache.spark.neptune.compat.NeptuneSource
import org.apache.spark.neptune.driver.executors.Agents
import org.apache.spark.neptune.driver.executors.Agents.Agent

/** The scheduler's figures in Spark's metrics system, by the names of `neptune_spark.Statistics`.
 *
 * Counters and timers are those that [[Statistics]] keeps. Gauges show a moment that is at most a
 * second old, so that a sink that reads them all takes the scheduler's lock once.
 *
 * THREADING: sinks read in threads of their own. Who holds the scheduler's lock must not read here:
 * this object's monitor is taken before it.
 *
 * @param lock the scheduler's
 */
private[driver] final class SchedulerMetrics(
    statistics: Statistics, ledger: CoreLedger, agents: Agents, lock: AnyRef, clock: Clock)
  extends NeptuneSource {
  import SchedulerMetrics._

  private val failures = new FailureLog
  private var moment = Moment(0L, Map.empty, Map.empty, Map.empty, 0.0, 0.0, 0.0)
  private var isTaken = false
  private val levels = new PassingMetrics[Int](metricRegistry, most = Int.MaxValue)(ofLevel)
  private val firstTasks =
    new PassingMetrics[(Int, Latencies)](metricRegistry, most = Int.MaxValue)(ofFirstTasks)
  private val executors = new PassingMetrics[String](metricRegistry, executorsAtMost)(ofExecutor)

  register(Map(
    "bound_used_max" -> gauge(_.boundUsedMax),
    "work_kept_core_s" -> gauge(_.workKeptCoreS),
    "lent_core_s" -> gauge(_.lentCoreS),
    "suspensions" -> statistics.suspensions,
    "overdue" -> statistics.overdue,
    "memory_releases" -> statistics.memoryReleases,
    "released_bytes" -> statistics.releasedBytes,
    "resumed_at_bound" -> statistics.resumedAtBound,
    "kills" -> statistics.kills,
    "wasted_task_ms" -> statistics.wastedMs,
    "policy_faults" -> statistics.policyFaults,
    "suspend_latency" -> statistics.suspendLatency.timer,
    "resume_latency" -> statistics.resumeLatency.timer,
    "suspend_round_trip" -> statistics.suspendRoundTrip.timer,
    "resume_round_trip" -> statistics.resumeRoundTrip.timer,
    "decision_time" -> statistics.decisionTime.timer))
  register(statistics.resumptions.map { case (why, counter) => s"resumptions.$why" -> counter })
  register(statistics.rescues.map { case (cause, counter) => s"rescues.$cause" -> counter })
  now()

  private def register(metrics: Map[String, Metric]): Unit =
    metrics.foreach { case (name, metric) => metricRegistry.register(name, metric) }

  private def ofLevel(priority: Int): Map[String, Metric] = {
    def level(value: LevelFigures => Double): Gauge[Double] =
      gauge(_.levels.get(priority).fold(0.0)(value))
    val prefix = s"level.${nameOf(priority)}"
    Map(
      s"$prefix.tasks_running" -> level(_.running.toDouble),
      s"$prefix.tasks_pending" -> level(_.pending.toDouble),
      s"$prefix.tasks_suspended" -> level(_.suspended.toDouble),
      s"$prefix.cores_lent" -> level(figures => Nanocores.toCores(figures.lentNanocores)))
  }

  private def ofFirstTasks(level: (Int, Latencies)): Map[String, Metric] = level match {
    case (priority, latencies) =>
      Map(s"level.${nameOf(priority)}.first_task_latency" -> latencies.timer)
  }

  private def ofExecutor(id: String): Map[String, Metric] = {
    def agent(value: Agent => Long): Gauge[Double] =
      gauge(_.agents.get(id).fold(0.0)(value(_).toDouble))
    Map(
      s"executors.$id.tasks_suspended" -> gauge(_.suspended.getOrElse(id, 0).toDouble),
      s"executors.$id.suspended_bytes" -> agent(_.figures.fold(0L)(_.suspendedBytes)),
      s"executors.$id.python_workers" -> agent(_.workers.size.toLong),
      s"executors.$id.python_bytes" -> agent(_.workers.map(_.rssBytes).sum))
  }

  private def gauge(value: Moment => Double): Gauge[Double] = () => value(now())

  /** Of all gauges alike, as long as it is young; the last one known if no new one can be had. */
  private def now(): Moment = synchronized {
    if (!isTaken || clock.nanoTime() - moment.takenNs > momentNs) {
      failures.guard("reading its metrics") {
        moment = lock.synchronized(take())
        isTaken = true
        levels.become(moment.levels.keys)
        firstTasks.become(
          moment.levels.values.flatMap(level => level.firstTasks.map(level.priority -> _)))
        executors.become(moment.agents.keys)
      }
    }
    moment
  }

  private def take(): Moment = {
    val known = agents.all
    Moment(
      clock.nanoTime(),
      statistics.levels.now.map(level => level.priority -> level).toMap,
      known,
      known.map { case (id, _) => id -> ledger.pageOf(id).fold(0)(_.suspended) },
      statistics.boundUsedMax,
      statistics.workKeptCoreS,
      statistics.lentCoreS)
  }
}

private[driver] object SchedulerMetrics {
  private val momentNs: Long = TimeUnit.SECONDS.toNanos(1)
  /** A sink that gets four figures of each of ten thousand executors every time is of no use. */
  private val executorsAtMost = 1000

  private final case class Moment(
      takenNs: Long, levels: Map[Int, LevelFigures], agents: Map[String, Agent],
      suspended: Map[String, Int], boundUsedMax: Double, workKeptCoreS: Double, lentCoreS: Double)

  /** A level's name in those of metrics, without a sign, of which most sinks make an underscore. */
  def nameOf(priority: Int): String =
    Priority.names.collectFirst { case (name, `priority`) => name }
      .getOrElse(if (priority < 0) s"minus${-priority.toLong}" else s"$priority")
}
