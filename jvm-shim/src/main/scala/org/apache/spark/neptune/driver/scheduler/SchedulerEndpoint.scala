package org.apache.spark.neptune.driver.scheduler

import neptune.protocol.{IsOver, MemoryReleased, Message}

import org.apache.spark.internal.Logging
import org.apache.spark.neptune.driver.chaos.Faults
import org.apache.spark.neptune.driver.executors.Agents
import org.apache.spark.neptune.rpc.{ExecutorFigures, WorkerFigures}
import org.apache.spark.rpc.{RpcCallContext, RpcEndpointRef, RpcEnv, ThreadSafeRpcEndpoint}

/** Where executors' agents register and answer.
 *
 * @param faults what is to happen to messages on their way, in tests
 */
private[driver] final class SchedulerEndpoint(
    override val rpcEnv: RpcEnv, agents: Agents, scheduler: NeptuneTaskScheduler,
    faults: Option[Faults] = None)
  extends ThreadSafeRpcEndpoint with Logging {

  override def receive: PartialFunction[Any, Unit] = faults.fold(arrived)(_.arriving(arrived))

  private val arrived: PartialFunction[Any, Unit] = {
    case wire: Array[Long] => Message.decode(wire).foreach {
      case MemoryReleased(_, _, bytes) => scheduler.memoryReleased(bytes)
      case other => scheduler.receive(other)
    }
    case (executorId: String, figures: Array[Long]) =>
      agents.figures(executorId, WorkerFigures.decode(figures))
    case (executorId: String, executor: Array[Long], tasks: Array[Long]) =>
      ExecutorFigures.decode(executor, tasks).foreach(agents.figures(executorId, _))
  }

  override def receiveAndReply(context: RpcCallContext): PartialFunction[Any, Unit] = {
    case (executorId: String, host: String, ref: RpcEndpointRef, problem: String) =>
      agents.add(executorId, host, faults.fold(ref)(_.leaving(ref)))
      scheduler.pythonFitness.checked(executorId, problem, sure = false)
      context.reply(true)
    case (executorId: String, problem: String, sure: Boolean) =>
      scheduler.pythonFitness.checked(executorId, problem, sure)
      context.reply(true)
    case wire: Array[Long] => Message.decode(wire).foreach {
      case IsOver(taskId) => context.reply(!scheduler.isLive(taskId))
      case other => logWarning(s"Neptune: the scheduler has no reply to $other")
    }
  }
}
