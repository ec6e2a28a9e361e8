package org.apache.spark.neptune

import java.io.InputStream
import java.lang.reflect.Field
import java.util.Properties

import scala.io.Source
import scala.util.Try

import org.apache.spark.{SPARK_VERSION, SparkException}

/** A jar fits exactly the Spark that it was compiled for: it leans on Spark's internals. */
private[neptune] object BuildCheck {
  private val properties = "/neptune-build.properties"
  private val reflected = "/neptune-reflected.txt"

  def verify(): Unit = {
    val built = builtFor
    if (built != SPARK_VERSION) {
      throw new SparkException(
        s"The Neptune jar is built for Spark $built, but this is Spark $SPARK_VERSION; name the " +
          "jar that 'neptune-spark jar' prints for this Spark in spark.jars or --jars.")
    }
    verify(lines(reflected))
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
          s"of Spark $SPARK_VERSION hasn't got; have the jar built for this very Spark, with " +
          "'neptune-spark jar --spark-home' and its home, which says what can be done.")
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

  private def lines(resource: String): Seq[String] =
    read(resource)(Source.fromInputStream(_, "UTF-8").getLines().toList).getOrElse(Nil)

  private def builtFor: String = read(properties) { in =>
    val loaded = new Properties()
    loaded.load(in)
    loaded.getProperty("spark.version")
  }.flatMap(Option(_)).getOrElse("an unknown version")

  private def read[A](resource: String)(how: InputStream => A): Option[A] =
    Option(getClass.getResourceAsStream(resource)).map { in =>
      try how(in)
      finally in.close()
    }
}
