package org.apache.spark.neptune.build

import java.util.jar.JarFile

import scala.io.Source

/** Everything that a jar needs of Spark, and how that looked in the Spark that it was built for.
 *
 * A jar for all releases of a line carries its record; one for a single release does without.
 */
private[neptune] object LinkageRecord {
  private val resource = "/neptune-linkage.txt"

  /** What this jar needs and this Spark has not or has otherwise, for people; None if the jar
   *  carries no record.
   */
  def broken(): Option[Seq[String]] =
    Option(getClass.getResourceAsStream(resource)).map { in =>
      val lines = try Source.fromInputStream(in, "UTF-8").getLines().toList finally in.close()
      val linkage = new Linkage(new ClassFiles(getClass.getClassLoader))
      lines.flatMap { line =>
        val tab = line.indexOf('\t')
        val need = Linkage.need(line.take(tab))
        val now = linkage.look(need)
        if (now == line.drop(tab + 1)) None
        else if (now == Linkage.missing) Some(s"${need.name} is missing")
        else Some(s"${need.name} is another")
      }
    }

  /** Prints the record of a jar of ours, the only argument, which is on the class path. */
  def main(args: Array[String]): Unit = {
    val jar = new JarFile(args.head)
    val entries = try jar.stream.toArray.map(_.toString).toList finally jar.close()
    val ours = entries.filter(_.endsWith(".class")).map(_.stripSuffix(".class")).sorted
    val linkage = new Linkage(new ClassFiles(getClass.getClassLoader))
    linkage.needs(ours).map(need => s"${need.text}\t${linkage.look(need)}").sorted
      .foreach(println(_))
  }
}
