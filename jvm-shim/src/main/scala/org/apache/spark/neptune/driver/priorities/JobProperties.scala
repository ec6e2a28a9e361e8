package org.apache.spark.neptune.driver.priorities

import java.util.Properties

/** The local properties with which a job was submitted. Spark has null for a job without any. */
private[driver] object JobProperties {
  def valueOf(properties: Properties, key: String): Option[String] =
    Option(properties).flatMap(p => Option(p.getProperty(key)))
}
