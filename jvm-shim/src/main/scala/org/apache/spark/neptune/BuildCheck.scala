package org.apache.spark.neptune

import org.apache.spark.{SPARK_VERSION, SparkException}
import org.apache.spark.neptune.build.{BuildProperties, LinkageRecord}

/** Whether a jar fits the Spark that it is in: it leans on Spark's internals.
 *
 * It fits the release that it was compiled for. One with a record of what it leans on
 * (`make artifacts`) also fits those of the same line in which all that looks the same, which
 * need not be so in a vendor's build.
 */
private[neptune] object BuildCheck {
  private val namedAtMost = 3

  def verify(): Unit = {
    val built = BuildProperties.sparkVersion
    if (built != SPARK_VERSION) {
      val broken = if (line(built) == line(SPARK_VERSION)) LinkageRecord.broken() else None
      if (!broken.contains(Nil)) {
        val why = broken.fold("")(problems => s", in which ${some(problems)}")
        throw new SparkException(
          s"The Neptune jar is built for Spark $built, but this is Spark $SPARK_VERSION$why; " +
            "name the jar that 'neptune-spark jar' prints for this Spark in spark.jars or " +
            "--jars, in the place of any other, or of a package (spark.jars.packages, --packages).")
      }
    }
  }

  private def some(problems: Seq[String]): String = {
    val more = problems.size - namedAtMost
    problems.take(namedAtMost).mkString(", ") + (if (more > 0) s" (and $more more)" else "")
  }

  private def line(version: String): Seq[String] = version.split('.').take(2).toSeq
}
