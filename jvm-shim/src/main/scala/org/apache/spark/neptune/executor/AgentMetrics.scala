package org.apache.spark.neptune.executor

import com.codahale.metrics.{Counter, Gauge, MetricRegistry}

import org.apache.spark.metrics.source.Source

/** An executor's figures in Spark's metrics system.
 *
 * The names begin with `executor`, since in a local session the scheduler's are beside them.
 *
 * THREADING: sinks read in threads of their own.
 *
 * @param suspended the tasks that are suspended here
 * @param pythonWorkers how many there are
 */
private[neptune] final class AgentMetrics(
    suspended: () => Iterable[TaskGate], pythonWorkers: () => Int) extends Source {
  override val sourceName: String = "neptune"
  override val metricRegistry: MetricRegistry = new MetricRegistry

  private val memoryReleases = new Counter
  private val releasedBytes = new Counter
  gauge("tasks_suspended")(suspended().size.toLong)
  gauge("suspended_bytes")(suspended().map(_.heldBytes).sum)
  gauge("python_workers")(pythonWorkers().toLong)
  metricRegistry.register("executor.memory_releases", memoryReleases)
  metricRegistry.register("executor.released_bytes", releasedBytes)

  /** A suspended task has spilled for one of higher priority. */
  def released(bytes: Long): Unit = {
    memoryReleases.inc()
    releasedBytes.inc(bytes)
  }

  private def gauge(name: String)(value: => Long): Unit =
    metricRegistry.register(s"executor.$name", (() => value): Gauge[Long])
}
