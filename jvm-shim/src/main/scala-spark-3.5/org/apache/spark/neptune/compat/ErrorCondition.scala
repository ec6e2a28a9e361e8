package org.apache.spark.neptune.compat

import org.apache.spark.SparkThrowable

/** The name of an error, which its message has in brackets; as Spark 3.5 calls it. */
private[neptune] object ErrorCondition {
  def of(error: SparkThrowable): String = error.getErrorClass
}
