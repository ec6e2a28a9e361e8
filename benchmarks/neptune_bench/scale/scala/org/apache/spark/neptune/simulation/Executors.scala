package org.apache.spark.neptune.simulation

import scala.collection.mutable
import scala.concurrent.Future
import scala.reflect.ClassTag

import neptune.protocol.Message

import org.apache.spark.SparkConf
import org.apache.spark.rpc.{RpcAddress, RpcEndpointRef, RpcTimeout}

/** An executor that runs nothing: it keeps account of who holds its cores.
 *
 * @param free cores as Spark's backends count them: a suspended task has not given its core back
 */
private[simulation] final class FakeExecutor(val index: Int, val cores: Int, hostIndex: Int) {
  val id: String = index.toString
  val host: String = s"host-$hostIndex"
  var free: Int = cores
  /** Those that run, as opposed to the suspended ones, and all that are live, by launch. */
  var running: Int = 0
  var suspended: Int = 0
  val tasks: mutable.LinkedHashMap[Long, FakeTask] = mutable.LinkedHashMap.empty
  /** Those that have yet to begin, since a task whose core they have has yet to stop. */
  val waiting: mutable.Queue[FakeTask] = mutable.Queue.empty
}

/** A task on a fake executor.
 *
 * @param stamp counts its stops and starts, so that an end that was meant for an earlier run of it
 *              comes to nothing
 */
private[simulation] final class FakeTask(
    val taskId: Long, val executor: FakeExecutor, val stageId: Int, var leftNs: Long) {
  var runs: Boolean = false
  var ended: Boolean = false
  var startedNs: Long = 0L
  var ranNs: Long = 0L
  var stamp: Int = 0
}

/** Where the scheduler sends what it asks of a fake executor. */
private[simulation] final class FakeAgent(
    conf: SparkConf, executorId: String, handle: Message => Unit)
  extends RpcEndpointRef(conf) {
  override def address: RpcAddress = RpcAddress(s"host-$executorId", 1)
  override def name: String = s"agent-$executorId"
  override def send(message: Any): Unit = message match {
    case wire: Array[Long] => Message.decode(wire).foreach(handle)
    case other => throw new IllegalArgumentException(s"No agent understands $other.")
  }
  override def ask[T: ClassTag](message: Any, timeout: RpcTimeout): Future[T] =
    throw new UnsupportedOperationException("Nothing is asked of agents.")
}
