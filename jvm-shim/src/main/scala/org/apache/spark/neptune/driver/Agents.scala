package org.apache.spark.neptune.driver

import java.util.concurrent.ConcurrentHashMap

import neptune.core.MemoryFigures

import org.apache.spark.neptune.rpc.{Message, WorkerFigures}
import org.apache.spark.rpc.RpcEndpointRef

/** The executors' agents, and what they last told. Safe for all callers. */
private[driver] final class Agents {
  import Agents.Known

  private val known = new ConcurrentHashMap[String, Known]
  @volatile private var problem: Option[String] = None

  def add(executorId: String, host: String, ref: RpcEndpointRef): Unit =
    known.put(executorId, Known(host, ref, Nil, None))
  def remove(executorId: String): Unit = known.remove(executorId)
  def knows(executorId: String): Boolean = known.containsKey(executorId)
  def get(executorId: String): Option[Known] = Option(known.get(executorId))

  /** What an executor's Python workers use now. */
  def figures(executorId: String, workers: Seq[WorkerFigures]): Unit =
    known.computeIfPresent(executorId, (_, agent) => agent.copy(workers = workers))

  /** Memory that a task holds on its executor, in bytes, as last measured. */
  def memoryOf(executorId: String, taskId: Long): Option[Long] =
    get(executorId).flatMap(_.workers.find(_.taskId.contains(taskId))).map(_.rssBytes)

  /** Sends without waiting; nothing happens if the executor is gone. */
  def send(executorId: String, message: Message): Unit =
    get(executorId).foreach(_.ref.send(Message.encode(message)))

  /** Why no job may run, once an executor has said that it can't run Python tasks. */
  def refusal: Option[String] = problem
  def refuse(why: String): Unit = problem = Some(why)
}

private[driver] object Agents {
  /** @param workers the executor's Python workers, as last measured */
  final case class Known(
      host: String, ref: RpcEndpointRef, workers: Seq[WorkerFigures],
      memory: Option[MemoryFigures])
}
