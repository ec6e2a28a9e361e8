package org.apache.spark.sql.neptune

import org.apache.spark.sql.SparkSession

/** What a session of the driver's is to this line. */
object Sessions {
  /** The session that this thread is at work for. */
  def active: SparkSession = SparkSession.active
}
