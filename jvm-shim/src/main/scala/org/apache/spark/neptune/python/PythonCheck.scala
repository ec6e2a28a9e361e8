package org.apache.spark.neptune.python

import java.io.File

import org.apache.spark.SparkConf
import org.apache.spark.internal.config.PYSPARK_PYTHON

/** Which Python the workers run in, and how to say that it can't run suspendable tasks. */
private[neptune] object PythonCheck {
  /** What the executor plugins ask the driver plugin: for the interpreter, and for whether nobody
   *  may need it.
   */
  val Question: String = "python"
  val IsPresumed: String = "python is presumed"

  /** @param isPresumed the driver is not Python's, so that perhaps no job will be */
  final case class Interpreter(program: String, isPresumed: Boolean)

  private val passing = raw"\berror=(11|12|23|24)\b".r
  private val default = "python3"
  private val intro = "Neptune can't run Python tasks: "
  /** How neptune_spark.controller.check begins its sentence. */
  private val checked = "neptune-spark: "
  private val onYarn = " On YARN, --archives brings an environment along, and --py-files the " +
    "package alone: see docs/yarn.md."
  private val onKubernetes = " On Kubernetes, it has to be in the image: see docs/kubernetes.md."

  /** The interpreter that Spark starts for workers.
   *
   * PySpark takes PYSPARK_PYTHON (`SparkContext._do_init`, PySpark 4.x), which
   * `deploy.PythonRunner` sets from spark.pyspark.python. A script that starts its JVM itself has
   * no such runner, and PySpark then ignores the setting. So does a Spark Connect server, which
   * takes the variables of its own environment (SparkConnectPlanner, Spark 3.5 and 4.x).
   */
  def interpreterOf(conf: SparkConf): Interpreter =
    interpreterOf(conf, sys.props.getOrElse("sun.java.command", ""), sys.env)

  /** @param command that of the driver's JVM */
  def interpreterOf(
      conf: SparkConf, command: String, env: Map[String, String]): Interpreter = {
    val words = command.split(' ')
    val inEnvironment = env.get("PYSPARK_PYTHON")
    // SparkSubmit (Spark 4.x) runs Python applications as `*.py` and scripts as `pyspark-shell`.
    val isShell = words.contains("pyspark-shell")
    val isPython = isShell || words.exists(_.endsWith(".py"))
    val configured =
      if (isShell) inEnvironment
      else if (isPython) conf.get(PYSPARK_PYTHON).orElse(inEnvironment)
      else inEnvironment.orElse(env.get("PYSPARK_DRIVER_PYTHON"))
    Interpreter(configured.getOrElse(default), isPresumed = !isPython)
  }

  /** One sentence from the last that the interpreter said before it ended, and another one on how
   *  the master brings packages to executors.
   */
  def sentence(python: String, said: String, conf: SparkConf): String = {
    // The check's own sentence says what to do; else there was no neptune_spark to check with.
    val what =
      if (said.startsWith(checked)) intro + said.stripPrefix(checked)
      else s"$intro${named(python)}: $said; install it there: pip install neptune-spark."
    what + wayThere(conf.get("spark.master", ""))
  }

  private def wayThere(master: String): String =
    if (master == "yarn") onYarn
    else if (master.startsWith("k8s://")) onKubernetes
    else ""

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
