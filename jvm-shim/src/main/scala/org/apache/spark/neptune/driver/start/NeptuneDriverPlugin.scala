package org.apache.spark.neptune.driver.start

import java.util.{Collections, Map => JMap}

import org.apache.spark.{SparkContext, SparkException}
import org.apache.spark.api.plugin.{DriverPlugin, PluginContext}
import org.apache.spark.internal.Logging
import org.apache.spark.neptune.driver.priorities.UnknownPools
import org.apache.spark.neptune.driver.scheduler.NeptuneTaskScheduler
import org.apache.spark.neptune.driver.sharing.PoolShares
import org.apache.spark.neptune.executor.ExecutorAgent
import org.apache.spark.neptune.python.{ProcessController, PythonCheck, PythonModules}
import org.apache.spark.neptune.settings.{SessionSetting, Settings}
import org.apache.spark.sql.neptune.SessionSettings

/** Runs in the SparkContext's constructor, just before the task scheduler is made.
 *
 * It leaves nothing in the SparkConf: other plugins and the application find there what they would
 * without us.
 */
private[neptune] final class NeptuneDriverPlugin(show: SparkContext => Unit)
  extends DriverPlugin with Logging {
  private var context: Option[SparkContext] = None
  private var python: Option[PythonCheck.Interpreter] = None
  private var settings: Option[Settings] = None

  override def init(sc: SparkContext, ctx: PluginContext): JMap[String, String] = {
    settings = Some(Settings.from(sc.conf))
    EarlyClasses.loadIfHiveMayClose(sc.conf)
    declareForSessions()
    PythonModules.check(sc.conf)
    val master = MasterUrl.find(sc.master)
    val interpreter = PythonCheck.interpreterOf(sc.conf)
    python = Some(interpreter)
    // Where driver and executor are one, a wrong interpreter is best found before Spark starts.
    if (!interpreter.isPresumed && master.exists(_.isInstanceOf[Local])) {
      startEarly(interpreter.program, sc).foreach(problem => throw new SparkException(problem))
    }
    // Spark itself refuses what is no master.
    if (master.isDefined) {
      MasterStandIn.putInto(sc)
      show(sc)
      context = Some(sc)
    }
    Collections.emptyMap()
  }

  private def declareForSessions(): Unit = {
    Settings.forSessions.foreach { case SessionSetting(key, doc, expected) =>
      expected match {
        case Some(what) => SessionSettings.declare(key, doc, Settings.accepts(key, _), what)
        case None => SessionSettings.declareFixed(key, doc)
      }
    }
    // They say whose a job is: a session's setting would take their place (JobTags).
    SessionSettings.declareFixed(
      SparkContext.SPARK_JOB_TAGS, "The tags of a job: use addTag() of the session.")
  }

  /** @return the problem, if it is not one that passes */
  private def startEarly(python: String, sc: SparkContext): Option[String] = {
    val first = ProcessController.startEarly(python, sc.conf)
    NeptuneDriverPlugin.pausesMs.foldLeft(first) { (problem, ms) =>
      if (!problem.exists(PythonCheck.mayPass)) problem
      else {
        problem.foreach(why => logWarning(s"$why Neptune tries it again in $ms ms."))
        Thread.sleep(ms)
        ProcessController.startEarly(python, sc.conf)
      }
    }
  }

  /** An executor's plugin asks for the Python of the workers. */
  override def receive(message: AnyRef): AnyRef = message match {
    case PythonCheck.Question => python.fold("")(_.program)
    case PythonCheck.IsPresumed => Boolean.box(python.exists(_.isPresumed))
    case _ => null
  }

  /** Spark calls this when all is up. */
  override def registerMetrics(appId: String, ctx: PluginContext): Unit = context.foreach { sc =>
    sc.taskScheduler match {
      case scheduler: NeptuneTaskScheduler =>
        settings.foreach { known =>
          if (known.sharesByPools) PoolShares.check(scheduler.rootPool)
          UnknownPools.warn(scheduler.rootPool, known.keysOfPools)
        }
        scheduler.metrics.show(sc.env)
        // That of an executor in the driver was made before the application had an id.
        ExecutorAgent.current.foreach(_.metrics.show(sc.env))
      case other =>
        throw new SparkException(
          s"This Spark has started ${other.getClass.getName} instead of Neptune's " +
            "scheduler; please report this, and remove org.apache.spark.neptune.NeptunePlugin " +
            "from spark.plugins to continue without Neptune.")
    }
  }
}

private object NeptuneDriverPlugin {
  private val pausesMs = Seq(1000L, 2000L, 4000L)
}
