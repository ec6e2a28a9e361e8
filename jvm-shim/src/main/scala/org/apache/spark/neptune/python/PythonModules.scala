package org.apache.spark.neptune.python

import org.apache.spark.{SparkConf, SparkException}
import org.apache.spark.internal.config.ConfigEntry
import org.apache.spark.internal.config.Python.{
  PYTHON_DAEMON_MODULE, PYTHON_USE_DAEMON, PYTHON_WORKER_MODULE}

/** Has Python workers come from our daemon, or, where there are no daemons, from our worker module,
 *  and tells those of a module of the user's that they are to run.
 *
 * Spark starts `python -m MODULE` with an environment that a plugin can't add to in all modes
 * (PythonWorkerFactory, Spark 4.x), but the module's name may say more: see
 * `neptune_spark.worker.chained`.
 */
private[neptune] object PythonModules {
  private val ours = "neptune_spark.worker."
  private val chained = ours + "chained."
  private val module = raw"[^\W\d]\w*(\.[^\W\d]\w*)*".r.pattern

  /** @throws SparkException for a module that can't be one */
  def check(conf: SparkConf): Unit = {
    val (entry, _) = inUse(conf)
    conf.get(entry).filterNot(module.matcher(_).matches()).foreach { name =>
      throw new SparkException(
        s"${entry.key} is '$name', which is not the name of a Python module; set it to " +
          "one, such as my.module, or remove it.")
    }
  }

  /** Sets ours on an executor, before it starts a Python worker. */
  def set(conf: SparkConf): Unit = {
    val (entry, name) = inUse(conf)
    conf.set(entry.key, inPlaceOf(conf.get(entry), name))
  }

  /** The module to start.
   *
   * @param theirs what the user has set, or we have before
   * @param name "daemon" or "main"
   */
  def inPlaceOf(theirs: Option[String], name: String): String = theirs match {
    case Some(before) if before.startsWith(chained) => before
    // With dots, Python would look for the packages of such a name.
    case Some(other) if other != ours + name => s"$chained$name:${other.replace('.', ':')}"
    case _ => ours + name
  }

  private def inUse(conf: SparkConf): (ConfigEntry[Option[String]], String) =
    if (conf.get(PYTHON_USE_DAEMON)) (PYTHON_DAEMON_MODULE, "daemon")
    else (PYTHON_WORKER_MODULE, "main")
}
