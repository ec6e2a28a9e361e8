package org.apache.spark.neptune

import java.util.Properties

import org.apache.spark.{SPARK_VERSION, SparkException}

/** A jar fits exactly the Spark that it was compiled for: it leans on Spark's internals. */
private[neptune] object BuildCheck {
  private val resource = "/neptune-build.properties"

  def verify(): Unit = {
    val built = builtFor
    if (built != SPARK_VERSION) {
      throw new SparkException(
        s"The Neptune jar is built for Spark $built, but this is Spark $SPARK_VERSION; name the " +
          "jar that 'neptune-spark jar' prints for this Spark in spark.jars or --jars.")
    }
  }

  private def builtFor: String = {
    val in = getClass.getResourceAsStream(resource)
    if (in == null) "an unknown version"
    else {
      try {
        val properties = new Properties()
        properties.load(in)
        properties.getProperty("spark.version", "an unknown version")
      } finally in.close()
    }
  }
}
