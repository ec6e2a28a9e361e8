package org.apache.spark.neptune

import java.lang.reflect.Field

import scala.io.Source
import scala.util.Try

import org.apache.spark.{SPARK_VERSION, SparkException}
import org.apache.spark.neptune.build.{BuildProperties, LinkageRecord}

/** Whether a jar fits the Spark that it is in: it leans on Spark's internals.
 *
 * It says by its record what it leans on, and so fits the releases of the line that it was built
 * for, and the builds of vendors, in which all that looks the same. Without a record it fits the
 * release that it was built for.
 */
private[neptune] object BuildCheck {
  private val namedAtMost = 3
  private val reflected = "/neptune-reflected.txt"

  def verify(): Unit = {
    val built = BuildProperties.sparkVersion
    val record = if (line(built) == line(SPARK_VERSION)) LinkageRecord.ofThisJar() else None
    if (!record.exists(_.isOfThisBuild)) {
      val broken = record.map(_.broken)
      if (broken.fold(built != SPARK_VERSION)(_.nonEmpty)) {
        throw new SparkException(message(built, broken.getOrElse(Seq.empty)))
      }
      verify(reflectedMembers)
    }
  }

  private def message(built: String, broken: Seq[String]): String = {
    val running = if (built == SPARK_VERSION) "another build of it" else s"Spark $SPARK_VERSION"
    val told =
      if (broken.isEmpty) {
        "; name the jar that 'neptune-spark jar' prints for this Spark in spark.jars or --jars, " +
          "instead of any other, or of a package (spark.jars.packages, --packages)."
      } else {
        s", in which ${some(broken)}; run 'neptune-spark jar' with --build where this Spark is: " +
          "it builds a jar for exactly this Spark, or says what to do. If you name a jar " +
          "(spark.jars, --jars) or a package (spark.jars.packages, --packages), name that jar " +
          "instead."
      }
    s"The Neptune jar is built for Spark $built, but this is $running$told"
  }

  /** What the compiler can't check; the vendor of a Spark may change it and keep the version.
   *
   * @param members one each: a class, its field or "", and the field's type or ""; tabs between
   */
  private[neptune] def verify(members: Seq[String]): Unit = {
    val missing = members.map(_.split("\t", -1)).collect {
      case Array(owner, name, fieldType) if !has(owner, name, fieldType) =>
        Seq(owner, name).filter(_.nonEmpty).mkString(".") +
          (if (fieldType.isEmpty) "" else s" (a $fieldType)")
    }
    if (missing.nonEmpty) {
      throw new SparkException(
        s"The Neptune jar needs ${missing.mkString(", ")} of Spark's internals, which this build " +
          s"of Spark $SPARK_VERSION hasn't got; 'neptune-spark jar --spark-home' with its home " +
          "and --build builds a jar for this very Spark, or says what can be done.")
    }
  }

  private def has(owner: String, name: String, fieldType: String): Boolean = {
    // Not initialised: that would do things before their time.
    val found: Option[Class[_]] =
      Try[Class[_]](Class.forName(owner, false, getClass.getClassLoader)).toOption
    def field: Option[Field] = found.flatMap(of => Try(of.getDeclaredField(name)).toOption)
    if (name.isEmpty) found.isDefined
    else field.exists(f => fieldType.isEmpty || f.getType.getName == fieldType)
  }

  private def reflectedMembers: Seq[String] =
    Option(getClass.getResourceAsStream(reflected)).fold(Seq.empty[String]) { in =>
      try Source.fromInputStream(in, "UTF-8").getLines().toList
      finally in.close()
    }

  private def some(problems: Seq[String]): String = {
    val more = problems.size - namedAtMost
    problems.take(namedAtMost).mkString(", ") + (if (more > 0) s" (and $more more)" else "")
  }

  private def line(version: String): Seq[String] = version.split('.').take(2).toSeq
}
