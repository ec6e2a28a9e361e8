package org.apache.spark.neptune.driver

import org.apache.spark.neptune.rpc.{Message, Rescued, Resumed, Suspended, WorkerFigures}
import org.apache.spark.rpc.{RpcCallContext, RpcEndpointRef, RpcEnv, ThreadSafeRpcEndpoint}

/** Where executors' agents register and answer. */
private[driver] final class SchedulerEndpoint(
    override val rpcEnv: RpcEnv, agents: Agents, scheduler: NeptuneTaskScheduler)
  extends ThreadSafeRpcEndpoint {

  override def receive: PartialFunction[Any, Unit] = {
    case wire: Array[Long] => Message.decode(wire).foreach {
      case answer: Suspended => scheduler.answered(_.suspended(answer))
      case answer: Resumed => scheduler.answered(_.resumed(answer))
      case news: Rescued => scheduler.answered(_.rescued(news))
      case _ => ()
    }
    case (executorId: String, figures: Array[Long]) =>
      agents.figures(executorId, WorkerFigures.decode(figures))
  }

  override def receiveAndReply(context: RpcCallContext): PartialFunction[Any, Unit] = {
    case (executorId: String, host: String, ref: RpcEndpointRef, problem: String) =>
      agents.add(executorId, host, ref)
      if (problem.nonEmpty) {
        val where = s"Executor $executorId on $host: $problem"
        agents.refuse(where)
        scheduler.refuseJobs(where)
      }
      context.reply(true)
  }
}
