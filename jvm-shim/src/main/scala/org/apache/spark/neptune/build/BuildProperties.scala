package org.apache.spark.neptune.build

import java.nio.file.Paths
import java.util.Properties

import scala.util.Try

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

  /** Where the JVM has it, empty if that is no file; for Python. */
  def jar: String =
    Try(Paths.get(getClass.getProtectionDomain.getCodeSource.getLocation.toURI).toString)
      .getOrElse("")
}
