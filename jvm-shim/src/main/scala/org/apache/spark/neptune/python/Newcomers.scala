package org.apache.spark.neptune.python

import java.nio.channels.SocketChannel
import java.util.concurrent.TimeUnit

import scala.collection.mutable
import scala.util.Try

import neptune.time.Clock

/** Those that have connected to a control socket, and have yet to show that they may.
 *
 * A worker does so at once. A stranger that does not is one of a few, and not for long: it can keep
 * neither workers out nor files open.
 *
 * THREADING: used by the control server's thread alone.
 */
private[python] final class Newcomers(clock: Clock) {
  import Newcomers._

  /** Since when each is here, the first one first. */
  private val sinceNs = mutable.LinkedHashMap.empty[SocketChannel, Long]

  def isEmpty: Boolean = sinceNs.isEmpty

  def add(channel: SocketChannel): Unit = {
    if (sinceNs.size >= most) sinceNs.headOption.foreach { case (first, _) => drop(first) }
    sinceNs(channel) = clock.nanoTime()
  }

  /** It is none any more. */
  def remove(channel: SocketChannel): Unit = sinceNs.remove(channel)

  def dropLate(): Unit = {
    val now = clock.nanoTime()
    sinceNs.toList.takeWhile { case (_, since) => now - since >= limitNs }
      .foreach { case (channel, _) => drop(channel) }
  }

  private def drop(channel: SocketChannel): Unit = {
    sinceNs.remove(channel)
    Try(channel.close())
  }
}

private object Newcomers {
  private val most = 64
  private val limitNs = TimeUnit.SECONDS.toNanos(5L)
}
