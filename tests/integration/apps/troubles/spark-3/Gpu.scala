package org.apache.spark.neptune.simulation

import scala.collection.mutable

/** An executor's only GPU, as Spark 3.5 offers it. */
private[simulation] object Gpu {
  def offered(isTaken: Boolean): Map[String, mutable.Buffer[String]] =
    Map("gpu" -> (if (isTaken) mutable.Buffer.empty[String] else mutable.Buffer("0")))
}
