package org.apache.spark.neptune.compat

import org.apache.spark.scheduler.Pool
import org.apache.spark.scheduler.SchedulingMode.SchedulingMode

/** A root pool, as TaskSchedulerImpl makes one. */
private[neptune] abstract class RootPool(mode: SchedulingMode) extends Pool("", mode, 0, 0)
