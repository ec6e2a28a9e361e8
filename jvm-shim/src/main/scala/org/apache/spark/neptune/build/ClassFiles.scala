package org.apache.spark.neptune.build

import java.io.File
import java.net.JarURLConnection
import java.util.jar.JarFile

import scala.collection.mutable
import scala.util.Try

import org.apache.xbean.asm9.ClassReader
import org.apache.xbean.asm9.tree.ClassNode

/** Class files as a class loader has them: read, and never loaded.
 *
 * Classes go by their names in class files, `org/apache/spark/SparkContext`.
 *
 * THREADING: for one thread.
 */
private[build] final class ClassFiles(loader: ClassLoader) extends AutoCloseable {
  private val known = mutable.Map.empty[String, Option[ClassNode]]
  private val ancestries = mutable.Map.empty[String, List[ClassNode]]
  private val jars = mutable.Map.empty[File, JarFile]

  /** What a class declares, without any code; None if there is no such class. */
  def find(name: String): Option[ClassNode] = known.getOrElseUpdate(name, {
    reader(name).map { reader =>
      val node = new ClassNode
      reader.accept(node, ClassReader.SKIP_CODE | ClassReader.SKIP_DEBUG | ClassReader.SKIP_FRAMES)
      node
    }
  })

  def reader(name: String): Option[ClassReader] =
    Option(loader.getResourceAsStream(s"$name.class")).map { in =>
      try new ClassReader(in) finally in.close()
    }

  /** The checksum that the jar with a class keeps of it; None if the class is in no jar. */
  def checksum(name: String): Option[Long] = {
    val file = s"$name.class"
    Option(loader.getResource(file)).map(_.openConnection()).flatMap {
      // It does not connect: a jar is opened once for all of its classes.
      case connection: JarURLConnection => Try(new File(connection.getJarFileURL.toURI)).toOption
      case _ => None
    }.flatMap(jar => Option(jars.getOrElseUpdate(jar, new JarFile(jar)).getEntry(file)))
      .map(_.getCrc)
  }

  override def close(): Unit = jars.values.foreach(_.close())

  /** A class and all that it inherits from, in the order in which the JVM looks for a method;
   *  without what comes with Java and Scala, which keep what they have.
   */
  def ancestry(name: String): List[ClassNode] = ancestries.getOrElseUpdate(name, {
    val classes = chain(name)
    classes ++ classes.flatMap(interfaces).distinct
  })

  private def chain(name: String): List[ClassNode] =
    Option(name).flatMap(other).fold(List.empty[ClassNode])(node => node :: chain(node.superName))

  private def interfaces(node: ClassNode): List[ClassNode] =
    node.interfaces.toArray(Array.empty[String]).toList.flatMap(other).flatMap { each =>
      each :: interfaces(each)
    }

  private def other(name: String): Option[ClassNode] =
    if (ClassFiles.isStandard(name)) None else find(name)
}

private[build] object ClassFiles {
  def isStandard(name: String): Boolean =
    Seq("java/", "javax/", "jdk/", "scala/").exists(name.startsWith)
}
