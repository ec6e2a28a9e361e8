package org.apache.spark.neptune.driver

import java.util.{Collections, Map => JMap}

import org.apache.spark.{SparkConf, SparkContext, SparkException}
import org.apache.spark.api.plugin.{DriverPlugin, PluginContext}
import org.apache.spark.internal.Logging
import org.apache.spark.internal.config.BUFFER_PAGESIZE
import org.apache.spark.internal.config.Python.{
  PYTHON_DAEMON_MODULE, PYTHON_USE_DAEMON, PYTHON_WORKER_MODULE}
import org.apache.spark.memory.UnifiedMemoryManager
import org.apache.spark.neptune.Settings
import org.apache.spark.neptune.python.{PythonCheck, Warden}

/** Runs in the SparkContext's constructor, just before the task scheduler is made. */
private[neptune] final class NeptuneDriverPlugin extends DriverPlugin with Logging {

  override def init(sc: SparkContext, ctx: PluginContext): JMap[String, String] = {
    val conf = sc.conf
    Settings.from(conf)
    suspendablePython(conf)
    val master = MasterUrl.parse(sc.master)
    val python = PythonCheck.interpreterOf(conf)
    // Where driver and executor are one, a wrong interpreter is best found before Spark starts.
    for (interpreter <- python; _: Local <- master) {
      Warden.startEarly(interpreter, conf).foreach(problem => throw new SparkException(problem))
    }
    master.foreach { known =>
      keepPageSize(conf, known)
      conf.set("spark.master", MasterUrl.hide(sc.master))
    }
    python.fold(Collections.emptyMap[String, String]())(
      Collections.singletonMap(PythonCheck.Key, _))
  }

  /** Python workers come from our daemon, or, without daemons, from our worker module. */
  private def suspendablePython(conf: SparkConf): Unit = {
    val (entry, module) =
      if (conf.get(PYTHON_USE_DAEMON)) (PYTHON_DAEMON_MODULE, "neptune_spark.worker.daemon")
      else (PYTHON_WORKER_MODULE, "neptune_spark.worker.main")
    conf.get(entry).filter(_ != module).foreach { other =>
      throw new SparkException(
        s"${entry.key} is '$other', but Neptune needs '$module' there to suspend Python tasks; " +
          s"remove the setting, or remove the plugin from spark.plugins.")
    }
    conf.set(entry, module)
  }

  /** SparkContext sizes memory pages by the master's cores (numDriverCores, Spark 4.x), which it
   *  can't read from the private form; [[NeptuneClusterManager]] takes the setting back. */
  private def keepPageSize(conf: SparkConf, master: MasterUrl): Unit = master match {
    case Local(threads, _) if threads > 0 && conf.get(BUFFER_PAGESIZE).isEmpty =>
      val pageSize = UnifiedMemoryManager(conf, threads).pageSizeBytes
      conf.set(BUFFER_PAGESIZE.key, s"${pageSize}b").set(NeptuneDriverPlugin.PageSizeMark, "true")
    case _ => ()
  }
}

private[driver] object NeptuneDriverPlugin {
  /** Marks a page size that is ours, between the plugin's start and the scheduler's. */
  val PageSizeMark: String = "spark.neptune.internal.pageSize"

  /** Undoes what only had to last until the scheduler was made. */
  def restore(conf: SparkConf): Unit = {
    conf.set("spark.master", MasterUrl.reveal(conf.get("spark.master")))
    if (conf.contains(PageSizeMark)) conf.remove(PageSizeMark).remove(BUFFER_PAGESIZE)
  }
}
