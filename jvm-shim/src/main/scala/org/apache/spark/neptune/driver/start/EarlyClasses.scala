package org.apache.spark.neptune.driver.start

import java.io.File
import java.util.jar.JarFile

import scala.jdk.CollectionConverters._

import org.apache.spark.SparkConf
import org.apache.spark.neptune.build.BuildProperties
import org.apache.spark.sql.internal.StaticSQLConf

/** Loads all classes of this jar while its class loader can.
 *
 * Hive closes the loader of `spark.jars` whenever one of its sessions ends, such as that of a
 * Thrift server's client (SessionState.close of Hive 2.3, which Spark 3.5 to 4.3 have). It loads
 * no class after that, and a class that the scheduler needs may not have been needed before.
 */
private[driver] object EarlyClasses {
  /** A jar among Spark's own has the same loader as these, which nobody closes. */
  def loadIfHiveMayClose(conf: SparkConf): Unit =
    if (conf.get(StaticSQLConf.CATALOG_IMPLEMENTATION) == "hive" &&
        (getClass.getClassLoader ne conf.getClass.getClassLoader)) {
      load()
    }

  private def load(): Unit = for (file <- Some(new File(BuildProperties.jar)) if file.isFile) {
    val jar = new JarFile(file)
    try jar.entries.asScala.map(_.getName).filter(_.endsWith(".class")).foreach { name =>
      val className = name.stripSuffix(".class").replace('/', '.')
      // What this Spark has no use for may lean on classes that it has not got.
      try Class.forName(className, false, getClass.getClassLoader)
      catch { case _: LinkageError | _: ClassNotFoundException => () }
    } finally jar.close()
  }
}
