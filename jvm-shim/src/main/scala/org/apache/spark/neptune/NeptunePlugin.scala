package org.apache.spark.neptune

import org.apache.spark.api.plugin.{DriverPlugin, ExecutorPlugin, SparkPlugin}
import org.apache.spark.neptune.driver.start.NeptuneDriverPlugin
import org.apache.spark.neptune.executor.NeptuneExecutorPlugin
import org.apache.spark.neptune.ui.NeptuneTab

/** `spark.plugins=org.apache.spark.neptune.NeptunePlugin`: the one flag that turns Neptune on. */
final class NeptunePlugin extends SparkPlugin {
  // Before any class of ours is loaded that leans on this Spark's internals.
  BuildCheck.verify()

  override def driverPlugin(): DriverPlugin = new NeptuneDriverPlugin(NeptuneTab.addTo)
  override def executorPlugin(): ExecutorPlugin = new NeptuneExecutorPlugin
}
