package org.apache.spark.neptune.executor

import scala.util.control.NonFatal

import com.codahale.metrics.{Counter, Gauge}

import org.apache.spark.neptune.compat.NeptuneSource

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
    suspended: () => Iterable[TaskGate], pythonWorkers: () => Int) extends NeptuneSource {
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

  /** One that fails would keep its sink from telling the others. */
  private def gauge(name: String)(value: => Long): Unit = {
    def read(): Long =
      try value
      catch {
        case NonFatal(e) =>
          logDebug(s"Neptune could not report $name", e)
          0L
      }
    metricRegistry.register(s"executor.$name", (() => read()): Gauge[Long])
  }
}
