package org.apache.spark.neptune.compat

import org.apache.spark.SparkThrowable

/** The name of an error, which its message has in brackets; as Spark 4.x calls it. */
private[neptune] object ErrorCondition {
  def of(error: SparkThrowable): String = error.getCondition
}
