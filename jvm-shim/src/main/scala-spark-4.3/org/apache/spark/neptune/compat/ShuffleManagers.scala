package org.apache.spark.neptune.compat

import java.lang.reflect.Field

import org.apache.spark.SparkEnv

/** Where Spark 4.3 keeps the shuffle manager of a process. */
private[spark] object ShuffleManagers {
  val field: Field = Reflected.field(classOf[SparkEnv], "_blockingShuffleManager")
}
