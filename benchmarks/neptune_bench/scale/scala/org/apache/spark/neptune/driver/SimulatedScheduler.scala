package org.apache.spark.neptune.driver

import neptune.protocol.Message
import neptune.time.{Clock, Timer}

import org.apache.spark.SparkContext
import org.apache.spark.neptune.driver.scheduler.{NeptuneTaskScheduler, SchedulerEndpoint}
import org.apache.spark.neptune.rpc.ExecutorFigures
import org.apache.spark.rpc.RpcEndpointRef
import org.apache.spark.scheduler.TaskSetManager
import org.apache.spark.scheduler.neptune.TaskSets

/** The real scheduler, on a simulation's time, with its decisions timed in real time.
 *
 * In the scheduler's package, for what executors' agents may do is for its endpoint alone.
 *
 * @param decided told how long a decision took, its snapshot included, in real nanoseconds, and for
 *                how many pending tasks it was
 */
private[neptune] final class SimulatedScheduler(
    sc: SparkContext, clock: Clock, timer: Timer, decided: (Long, Int) => Unit)
  extends NeptuneTaskScheduler(sc, maxTaskFailures = 4, isLocal = false, clock, timer) {

  private val endpoint = new SchedulerEndpoint(sc.env.rpcEnv, agents, this)

  def register(executorId: String, host: String, agent: RpcEndpointRef): Unit =
    agents.add(executorId, host, agent)

  /** An agent's message, as the endpoint gets it. */
  def received(message: Message): Unit = endpoint.receive(Message.encode(message))

  def told(executorId: String, figures: ExecutorFigures): Unit =
    agents.figures(executorId, figures)

  override private[driver] def preemptFor(contested: Seq[TaskSetManager]): Option[Long] =
    contested.map(TaskSets.countPending).sum match {
      case 0 => super.preemptFor(contested)
      case pending =>
        val began = System.nanoTime()
        val again = super.preemptFor(contested)
        decided(System.nanoTime() - began, pending)
        again
    }
}
