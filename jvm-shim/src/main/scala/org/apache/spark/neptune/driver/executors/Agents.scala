package org.apache.spark.neptune.driver.executors

import java.util.concurrent.ConcurrentHashMap

import scala.jdk.CollectionConverters._

import neptune.core.{MemoryFigures, MemorySample, MemoryWindow}
import neptune.protocol.{Message, Suspend}
import neptune.time.Clock

import org.apache.spark.SparkException
import org.apache.spark.internal.Logging
import org.apache.spark.neptune.rpc.{ExecutorFigures, WorkerFigures}
import org.apache.spark.neptune.time.Instants
import org.apache.spark.rpc.RpcEndpointRef

/** The executors' agents, and what they last reported. Safe for all callers.
 *
 * @param memoryWindowMs over which time their memory is averaged
 */
private[driver] final class Agents(memoryWindowMs: Long, clock: Clock) extends Logging {
  import Agents._

  private val known = new ConcurrentHashMap[String, Agent]
  /** When they last said anything. */
  private val heardNs = new ConcurrentHashMap[String, Long]
  /** What keeps executors from running Python tasks, and whether that is certain. */
  private val problems = new ConcurrentHashMap[String, (String, Boolean)]
  @volatile private var everFit = false

  def add(executorId: String, host: String, ref: RpcEndpointRef): Unit = {
    known.put(executorId, Agent(host, ref, Nil, None, MemoryWindow.empty(memoryWindowMs)))
    heardNs.put(executorId, clock.nanoTime())
  }

  def remove(executorId: String): Unit = {
    known.remove(executorId)
    heardNs.remove(executorId)
    problems.remove(executorId)
  }
  def knows(executorId: String): Boolean = known.containsKey(executorId)
  def all: Map[String, Agent] = known.asScala.toMap
  def get(executorId: String): Option[Agent] = Option(known.get(executorId))

  /** What an executor's Python workers use now. */
  def figures(executorId: String, workers: Seq[WorkerFigures]): Unit = {
    heard(executorId)
    known.computeIfPresent(executorId, (_, agent) => agent.copy(workers = workers))
  }

  /** What an executor's JVM uses now. */
  def figures(executorId: String, now: ExecutorFigures): Unit = {
    heard(executorId)
    known.computeIfPresent(executorId, (_, agent) => agent.copy(
      figures = Some(now), window = agent.window.add(sampleOf(now, agent.workers))))
  }

  /** The executor has said something. */
  def heard(executorId: String): Unit =
    heardNs.computeIfPresent(executorId, (_, _) => clock.nanoTime())

  /** Whether it has done so in this time. */
  def isHeardWithin(executorId: String, ns: Long): Boolean =
    heardNs.containsKey(executorId) && clock.nanoTime() - heardNs.get(executorId) <= ns

  /** Memory that a task holds on its executor, in bytes, as last measured: execution memory, and
   *  resident memory of its Python worker. */
  def memoryOf(executorId: String, taskId: Long): Option[Long] = get(executorId).flatMap { agent =>
    val execution = agent.figures.flatMap(_.tasks.find(_.taskId == taskId)).map(_.bytes)
    val python = agent.workers.find(_.taskId.contains(taskId)).map(_.rssBytes)
    (execution ++ python).reduceOption(_ + _)
  }

  /** Sends without waiting; nothing happens if the executor is gone. */
  def send(executorId: String, message: Message): Unit = get(executorId).foreach { agent =>
    if (message.isInstanceOf[Suspend]) Instants.note(Instants.Requested, message.taskId)
    try agent.ref.send(Message.encode(message))
    catch {
      // An executor in the driver's own JVM: when that is told to end, Spark stops the executor
      // before the scheduler.
      case e: SparkException => logDebug(s"Executor $executorId has stopped: not told $message", e)
    }
  }

  /** Whether it has a problem with its Python. */
  def areSomeUnfitForPython: Boolean = !problems.isEmpty
  def isUnfitForPython(executorId: String): Boolean = problems.containsKey(executorId)

  /** An executor has checked its Python.
   *
   * @param problem what it has found; empty: nothing
   * @param sure it was no hiccup
   */
  def checked(executorId: String, problem: String, sure: Boolean): Unit =
    if (problem.isEmpty) {
      everFit = true
      problems.remove(executorId)
    } else problems.put(executorId, (problem, sure))

  /** Why no Python job may run, if an executor can't run its tasks for certain, and none ever
   *  could. */
  def refusal: Option[String] =
    if (everFit) None else problems.values.asScala.collectFirst { case (why, true) => why }
}

private[driver] object Agents {
  /** @param workers the executor's Python workers, as last measured
   * @param figures what its JVM used then, once it has reported
   */
  final case class Agent(
      host: String, ref: RpcEndpointRef, workers: Seq[WorkerFigures],
      figures: Option[ExecutorFigures], window: MemoryWindow) {

    /** Whether its suspended tasks hold more than a share of its memory, as far as it has reported:
     *  execution memory of its heap, or their Python workers' of its machine's. */
    def isFilled(share: Double, isSuspended: Long => Boolean): Boolean = figures.exists { now =>
      val execution = now.tasks.iterator.filter(t => isSuspended(t.taskId)).map(_.bytes).sum
      val python = workers.iterator.filter(_.taskId.exists(isSuspended)).map(_.rssBytes).sum
      execution > share * now.heapMaxBytes || python > share * now.machineBytes
    }

    /** Its memory over the window, once it has reported. */
    def memory: Option[MemoryFigures] = window.figures
  }

  /** Python workers are measured apart from the JVM, at the same interval. */
  private def sampleOf(now: ExecutorFigures, workers: Seq[WorkerFigures]): MemorySample =
    MemorySample(
      now.atMs, now.heapUsedBytes, now.heapMaxBytes, now.gcMs, now.spilledBytes,
      workers.map(_.rssBytes).sum, now.suspendedBytes, now.heldBytes, now.managedBytes)
}
