package org.apache.spark.neptune.build

import java.util.Properties

/** What a jar says of itself: what it was built from, and for which Spark. */
private[neptune] object BuildProperties {
  private val resource = "/neptune-build.properties"
  private val unknown = "an unknown version"

  private lazy val properties: Properties = {
    val found = new Properties()
    val in = getClass.getResourceAsStream(resource)
    if (in != null) try found.load(in) finally in.close()
    found
  }

  /** The version of neptune-spark; Python asks for it too. */
  def version: String = properties.getProperty("version", unknown)

  /** The version of the Spark that it was compiled with. */
  def sparkVersion: String = properties.getProperty("spark.version", unknown)
}
