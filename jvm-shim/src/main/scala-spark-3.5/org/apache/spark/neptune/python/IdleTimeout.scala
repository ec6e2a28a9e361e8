package org.apache.spark.neptune.python

/** Spark 3.5 takes no worker for an idle one while its task lives. */
private[python] object IdleTimeout {
  val everyMs: Option[Long] = None

  def putOff(taskId: Long): Unit = ()
}
