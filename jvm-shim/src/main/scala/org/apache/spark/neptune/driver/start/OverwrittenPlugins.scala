package org.apache.spark.neptune.driver.start

import java.util.concurrent.atomic.AtomicReference

import org.apache.spark.SparkContext
import org.apache.spark.internal.Logging
import org.apache.spark.internal.config.PLUGINS
import org.apache.spark.neptune.driver.scheduler.NeptuneTaskScheduler
import org.apache.spark.sql.{SparkSessionExtensions, SparkSessionExtensionsProvider}

/** Says so when PySpark, to start a Spark Connect server of its own, has overwritten the
 *  `spark.plugins` that named us (`SparkSession._start_connect_server`, PySpark 4.x).
 *
 * Nothing else of ours runs then. Spark calls this for each session if only our jar is there
 * (SparkSession, Spark 3.5 to 4.3).
 */
private[neptune] final class OverwrittenPlugins extends SparkSessionExtensionsProvider
  with Logging {
  import OverwrittenPlugins._

  override def apply(extensions: SparkSessionExtensions): Unit =
    SparkContext.getActive.foreach { sc =>
      val isOn = sc.taskScheduler.isInstanceOf[NeptuneTaskScheduler]
      val hasServer = sc.conf.get(PLUGINS).exists(_.endsWith(".SparkConnectPlugin"))
      if (!isOn && hasServer && toldIn.getAndSet(sc.applicationId) != sc.applicationId) {
        logWarning("Neptune is off, though its jar is here: PySpark sets spark.plugins to its " +
          "own when it starts a Spark Connect server; set spark.plugins.defaultList to " +
          "org.apache.spark.neptune.NeptunePlugin, or use neptune_spark.builder().")
      }
    }
}

private object OverwrittenPlugins {
  private val toldIn = new AtomicReference("")
}
