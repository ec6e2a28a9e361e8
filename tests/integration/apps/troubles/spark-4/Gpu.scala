package org.apache.spark.neptune.simulation

import org.apache.spark.resource.ResourceAmountUtils
import org.apache.spark.scheduler.ExecutorResourcesAmounts

/** An executor's only GPU, as Spark 4 offers it. */
private[simulation] object Gpu {
  def offered(isTaken: Boolean): ExecutorResourcesAmounts = new ExecutorResourcesAmounts(Map(
    "gpu" -> Map("0" -> ResourceAmountUtils.toInternalResource(if (isTaken) 0.0 else 1.0))))
}
