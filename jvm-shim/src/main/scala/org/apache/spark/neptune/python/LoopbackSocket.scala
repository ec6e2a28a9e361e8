package org.apache.spark.neptune.python

import java.io.IOException
import java.net.{Inet6Address, InetAddress, InetSocketAddress, StandardSocketOptions}
import java.nio.ByteBuffer
import java.nio.channels.{ServerSocketChannel, SocketChannel}
import java.nio.charset.StandardCharsets.US_ASCII
import java.security.{MessageDigest, SecureRandom}

/** A port of this machine's loopback, for a Java that has no Unix sockets (before 16).
 *
 * Anybody on the machine can connect to it. Who begins with the token may stay, and only this
 * executor's workers are told that. Spark's own connections with its Python workers work the same
 * way.
 */
private[neptune] final class LoopbackSocket private (
    override val server: ServerSocketChannel, token: String)
  extends LocalSocket {
  private val expected = token.getBytes(US_ASCII)

  override val address: String = {
    val bound = server.getLocalAddress.asInstanceOf[InetSocketAddress]
    val host = bound.getAddress match {
      case six: Inet6Address => s"[${six.getHostAddress}]"
      case four => four.getHostAddress
    }
    s"tcp://$token@$host:${bound.getPort}"
  }

  override def admission(channel: SocketChannel): () => LocalSocket.Verdict = {
    // A frame is sent as soon as there is something to say.
    channel.setOption[java.lang.Boolean](StandardSocketOptions.TCP_NODELAY, true)
    val shown = ByteBuffer.allocate(expected.length)
    () => {
      val isOver = channel.read(shown) < 0
      // Not before it is whole, in a time that says nothing of how much of it is right.
      if (shown.hasRemaining && !isOver) LocalSocket.Undecided
      else if (MessageDigest.isEqual(shown.array(), expected)) LocalSocket.Admitted
      else LocalSocket.Refused("it did not begin with the token")
    }
  }

  override def sweep(): Unit = ()

  override def close(): Unit = server.close()
}

private[neptune] object LoopbackSocket {
  private val tokenBytes = 32
  /** So many workers may connect at once. Who finds no room tries again a second later. */
  private val backlog = 1024

  /** @return a new one, or why there can be none */
  def open(): Either[String, LoopbackSocket] =
    try {
      val server = ServerSocketChannel.open()
      try {
        server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress, 0), backlog)
        server.configureBlocking(false)
        Right(new LoopbackSocket(server, newToken()))
      } catch { case e: IOException => server.close(); throw e }
    } catch {
      case e: IOException => Left(s"no port on the loopback interface could be opened: $e")
    }

  private def newToken(): String = {
    val bytes = new Array[Byte](tokenBytes)
    new SecureRandom().nextBytes(bytes)
    bytes.map(byte => f"$byte%02x").mkString
  }
}
