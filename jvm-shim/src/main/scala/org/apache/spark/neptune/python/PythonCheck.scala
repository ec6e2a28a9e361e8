package org.apache.spark.neptune.python

import java.io.File

import org.apache.spark.SparkConf
import org.apache.spark.internal.config.PYSPARK_PYTHON

/** Which Python the workers run in, and how to say that it can't run suspendable tasks. */
private[neptune] object PythonCheck {
  /** What the executor plugins ask the driver plugin, for the interpreter. */
  val Question: String = "python"

  private val passing = raw"\berror=(11|12|23|24)\b".r
  private val default = Some("python3")
  private val intro = "Neptune can't run Python tasks: "
  /** How neptune_spark.controller.check begins its sentence. */
  private val checked = "neptune-spark: "

  /** The interpreter that Spark starts for workers, if the application is a Python one.
   *
   * PySpark takes PYSPARK_PYTHON (`SparkContext._do_init`, PySpark 4.x), which
   * `deploy.PythonRunner` sets from spark.pyspark.python. A script that starts its JVM itself has
   * no such runner, and PySpark then ignores the setting.
   */
  def interpreterOf(conf: SparkConf): Option[String] = {
    val words = sys.props.getOrElse("sun.java.command", "").split(' ')
    val inEnvironment = sys.env.get("PYSPARK_PYTHON")
    // SparkSubmit (Spark 4.x) runs Python applications as `*.py` and scripts as `pyspark-shell`.
    if (words.contains("pyspark-shell")) inEnvironment.orElse(default)
    else if (!words.exists(_.endsWith(".py"))) None
    else conf.get(PYSPARK_PYTHON).orElse(inEnvironment).orElse(default)
  }

  /** One sentence from the last that the interpreter said before it ended. */
  def sentence(python: String, said: String): String =
    // The check's own sentence says what to do; else there was no neptune_spark to check with.
    if (said.startsWith(checked)) intro + said.stripPrefix(checked)
    else s"$intro${named(python)}: $said; install it there: pip install neptune-spark."

  /** One sentence about an interpreter that said nothing. */
  def silent(python: String, how: String): String = s"$intro${named(python)}: it $how."

  /** Whether what is wrong is a want of processes, memory or files, which may be over in a moment:
   *  EAGAIN, ENOMEM, ENFILE and EMFILE, as ProcessBuilder says it.
   */
  def mayPass(problem: String): Boolean = passing.findFirstIn(problem).isDefined

  private def named(python: String): String = {
    val here = onPath(python).fold("")(file => s"here $file; ")
    s"$python (the workers' Python; ${here}PYSPARK_PYTHON names another)"
  }

  /** The file that a bare name stands for in this process. */
  private def onPath(program: String): Option[File] =
    if (program.contains(File.separator)) None
    else {
      val folders = sys.env.getOrElse("PATH", "").split(File.pathSeparator)
      folders.map(new File(_, program)).find(_.canExecute)
    }
}
