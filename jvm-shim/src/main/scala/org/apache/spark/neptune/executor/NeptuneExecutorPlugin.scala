package org.apache.spark.neptune.executor

import java.util.{Map => JMap}

import neptune.protocol.Message

import org.apache.spark.{SparkContext, SparkEnv}
import org.apache.spark.api.plugin.{ExecutorPlugin, PluginContext}
import org.apache.spark.internal.Logging
import org.apache.spark.neptune.python.{
  ProcessController, PythonCheck, PythonModules, PythonRecovery}
import org.apache.spark.neptune.rpc.Endpoints
import org.apache.spark.neptune.settings.Settings
import org.apache.spark.neptune.time.ThreadTimer
import org.apache.spark.rpc.{RpcEndpointRef, RpcEnv, ThreadSafeRpcEndpoint}
import org.apache.spark.util.{RpcUtils, Utils}

/** Runs in the Executor's constructor (Spark 4.x), before the executor takes tasks. */
private[neptune] final class NeptuneExecutorPlugin extends ExecutorPlugin with Logging {
  private var agent: Option[ExecutorAgent] = None
  private var endpoint: Option[RpcEndpointRef] = None
  private var recovery: Option[PythonRecovery] = None
  @volatile private var hasPrepared = false

  override def init(ctx: PluginContext, extraConf: JMap[String, String]): Unit = {
    val env = SparkEnv.get
    val python = Option(ctx.ask(PythonCheck.Question)).map(_.toString).filter(_.nonEmpty)
    val controller = python.map(ProcessController.started(_, env.conf))
    val problem = controller.flatMap(_.left.toOption)
    val driver = RpcUtils.makeDriverRef(Endpoints.driver, env.conf, env.rpcEnv)
    val started = new ExecutorAgent(
      ctx.executorID(), driver, Settings.from(env.conf), controller.flatMap(_.toOption))
    val ref = env.rpcEnv.setupEndpoint(
      Endpoints.agent(ctx.executorID()), new AgentEndpoint(env.rpcEnv, started))
    agent = Some(started)
    endpoint = Some(ref)
    ExecutorAgent.running = agent
    // In a local session the driver does so, when the application has the id that names have.
    if (ctx.executorID() != SparkContext.DRIVER_IDENTIFIER) started.metrics.show(env)
    // The driver must know the agent before it may choose victims here.
    driver.askSync[Boolean]((ctx.executorID(), Utils.localHostName(), ref, problem.getOrElse("")))
    // An executor that fails is one that Spark starts for ever; and it can run what is not Python.
    for (interpreter <- python; why <- problem) {
      val sentence = s"Neptune can't run Python tasks here: $why"
      if (ctx.ask(PythonCheck.IsPresumed) == true) logInfo(sentence) else logWarning(sentence)
      recovery = Some(new PythonRecovery(
        () => ProcessController.started(interpreter, env.conf), started.pythonWorks,
        (again, sure) => driver.askSync[Boolean]((ctx.executorID(), again, sure)),
        new ThreadTimer("neptune-python-recovery")))
    }
  }

  /** Not before the first task: no plugin is to find what is not the user's; and on a cluster Spark
   *  4.x makes its shuffle manager after the plugins. */
  override def onTaskStart(): Unit = if (!hasPrepared) {
    PythonModules.set(SparkEnv.get.conf)
    SuspendableShuffles.install(SparkEnv.get)
    hasPrepared = true
  }

  override def shutdown(): Unit = {
    recovery.foreach(_.stop())
    ExecutorAgent.running = None
    endpoint.foreach(SparkEnv.get.rpcEnv.stop)
    agent.foreach(_.stop())
  }
}

/** Hands what the driver says to the agent. */
private[executor] final class AgentEndpoint(override val rpcEnv: RpcEnv, agent: ExecutorAgent)
  extends ThreadSafeRpcEndpoint {

  override def receive: PartialFunction[Any, Unit] = {
    case wire: Array[Long] => Message.decode(wire).foreach(agent.receive)
  }
}
