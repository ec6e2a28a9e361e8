package org.apache.spark.neptune.compat

import scala.util.control.NonFatal

import com.codahale.metrics.MetricRegistry

import org.apache.spark.SparkEnv
import org.apache.spark.internal.Logging
import org.apache.spark.metrics.source.Source

/** Figures of ours in Spark's metrics system.
 *
 * A source of its own, since those of a plugin's context bear the name of the plugin's class.
 */
private[neptune] abstract class NeptuneSource extends Source with Logging {
  override val sourceName: String = "neptune"
  override val metricRegistry: MetricRegistry = new MetricRegistry

  /** Has all sinks show them, once the application has an id, which is in their names. */
  def show(env: SparkEnv): Unit =
    try env.metricsSystem.registerSource(this)
    catch {
      case NonFatal(e) => logWarning("Neptune's metrics are not shown: a sink refuses them", e)
    }
}
