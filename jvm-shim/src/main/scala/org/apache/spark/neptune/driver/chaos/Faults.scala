package org.apache.spark.neptune.driver.chaos

import scala.concurrent.Future
import scala.reflect.ClassTag
import scala.util.Random

import neptune.time.Timer

import org.apache.spark.SparkConf
import org.apache.spark.internal.Logging
import org.apache.spark.neptune.settings.FaultSettings
import org.apache.spark.rpc.{RpcAddress, RpcEndpointRef, RpcTimeout}

/** For testing: messages between driver and executors are lost, come twice, late, and, as each has
 *  a delay of its own, in another order.
 *
 * The seed tells what becomes of the n-th message in each direction; which message is the n-th is
 * as it happens. What is asked with a reply is let alone: Spark's RPC tells who asks of a failure.
 *
 * THREADING: safe for all callers.
 */
private[driver] final class Faults private (
    settings: FaultSettings, conf: SparkConf, timer: Timer) {
  private val toExecutors = new Random(settings.seed)
  private val toDriver = new Random(settings.seed + 1)

  /** What an executor says, on its way to the driver. */
  def arriving(handle: PartialFunction[Any, Unit]): PartialFunction[Any, Unit] = {
    case message if handle.isDefinedAt(message) => carry(toDriver)(() => handle(message))
  }

  /** The way to an executor. */
  def leaving(ref: RpcEndpointRef): RpcEndpointRef = new RpcEndpointRef(conf) {
    override def address: RpcAddress = ref.address
    override def name: String = ref.name
    override def send(message: Any): Unit = carry(toExecutors)(() => ref.send(message))
    override def ask[T: ClassTag](message: Any, timeout: RpcTimeout): Future[T] =
      ref.ask(message, timeout)
  }

  private def carry(chance: Random)(deliver: () => Unit): Unit =
    delaysMs(chance).foreach { ms =>
      if (ms == 0) deliver() else timer.afterMs(ms)(deliver())
    }

  /** How late each copy of a message comes that comes at all. */
  private def delaysMs(chance: Random): Seq[Long] = chance.synchronized {
    val copies = if (chance.nextDouble() < settings.doubleShare) 2 else 1
    Seq.fill(copies)((chance.nextDouble(), chance.nextDouble())).collect {
      case (fate, late) if fate >= settings.dropShare => (late * (settings.delayMs + 1)).toLong
    }
  }
}

private[driver] object Faults extends Logging {
  /** None, at no cost, unless the settings ask for some. */
  def of(settings: FaultSettings, conf: SparkConf, timer: Timer): Option[Faults] =
    if (settings.isOff) None
    else {
      logWarning(s"Neptune's messages are tampered with, for a test: $settings")
      Some(new Faults(settings, conf, timer))
    }
}
