package org.apache.spark.neptune.build

import java.nio.file.{Files, Path, Paths}

import scala.io.Source

/** Everything that a jar needs of Spark, and how that looked in the Spark that it was built with.
 *
 * It has a line for each class file that any of this depends on, with the checksum that Spark's jar
 * keeps of it, and one for each need. Where all checksums are the same, as in the very build of
 * Spark that the jar was built with, no class file has to be read.
 */
private[neptune] final class LinkageRecord private (lines: Seq[String]) {
  import LinkageRecord._

  private val (classes, needs) = lines.map(inTwo).partition(_._1.startsWith(classFile))

  /** Whether all class files that count are those that the jar was built with. */
  def isOfThisBuild: Boolean = classes.nonEmpty && {
    val files = new ClassFiles(loader)
    try {
      classes.forall { case (name, sum) =>
        files.checksum(name.stripPrefix(classFile)).exists(_.toHexString == sum)
      }
    } finally files.close()
  }

  /** What the jar needs and this Spark has not or has otherwise, for people. */
  def broken: Seq[String] = {
    val linkage = new Linkage(new ClassFiles(loader))
    needs.flatMap { case (text, built) =>
      val need = Linkage.need(text)
      val now = linkage.look(need)
      if (now == built) None
      else if (now == Linkage.missing) Some(s"${need.name} is missing")
      else Some(s"${need.name} is another")
    }
  }
}

private[neptune] object LinkageRecord {
  private val resource = "/neptune-linkage.txt"
  private val classFile = "ClassFile "

  /** This jar's own; None if it carries none. */
  def ofThisJar(): Option[LinkageRecord] =
    Option(getClass.getResourceAsStream(resource)).map { in =>
      val lines = try Source.fromInputStream(in, "UTF-8").getLines().toList finally in.close()
      new LinkageRecord(lines)
    }

  /** Writes the record of our classes.
   *
   * @param args the directory of all our classes, which is on the class path; the file to write;
   *             and the names of Spark's classes that ours look into by reflection
   */
  def main(args: Array[String]): Unit = {
    val (directory, target) = (Paths.get(args(0)), Paths.get(args(1)))
    val files = new ClassFiles(loader)
    val linkage = new Linkage(files)
    val needs = linkage.needs(classesIn(directory))
    val reflected = args.drop(2).toSeq.map(_.replace('.', '/'))
    val sums = (needs.flatMap(linkage.dependsOn) ++ reflected).distinct.map { name =>
      // What is in no jar has none, and is looked at whenever a jar starts.
      classFile + name -> files.checksum(name).fold("")(_.toHexString)
    }
    files.close()
    val looks = needs.map(need => need.text -> linkage.look(need))
    val lines = (sums ++ looks).map { case (text, look) => s"$text\t$look\n" }
    Files.write(target, lines.sorted.mkString.getBytes("UTF-8"))
  }

  private def loader: ClassLoader = getClass.getClassLoader

  private def inTwo(line: String): (String, String) = {
    val tab = line.indexOf('\t')
    (line.take(tab), line.drop(tab + 1))
  }

  private def classesIn(directory: Path): Seq[String] = {
    val files = Files.walk(directory)
    try {
      files.toArray.toSeq.collect { case file: Path => directory.relativize(file).toString }
        .filter(_.endsWith(".class")).map(_.stripSuffix(".class")).sorted
    } finally files.close()
  }
}
