package org.apache.spark.neptune.python

import java.io.IOException
import java.net.{StandardProtocolFamily, UnixDomainSocketAddress}
import java.nio.channels.{ServerSocketChannel, SocketChannel}
import java.nio.file.{Files, Path}

import scala.util.Try

import jdk.net.ExtendedSocketOptions

import org.apache.spark.util.ShutdownHookManager

/** A Unix socket in a directory of its own; a peer that runs as somebody else is refused.
 *
 * @param others where directories of executors that are no more may be
 */
private[neptune] final class UnixSocket private (
    directory: SocketDirectory, override val server: ServerSocketChannel, others: Seq[Path])
  extends LocalSocket {
  private val user: String = Files.getOwner(directory.path).getName

  override def address: String = directory.socket.toString

  override def admission(channel: SocketChannel): () => LocalSocket.Verdict = () => {
    val peer = channel.getOption(ExtendedSocketOptions.SO_PEERCRED).user().getName
    if (peer == user) LocalSocket.Admitted else LocalSocket.Refused(s"it belongs to user $peer")
  }

  override def sweep(): Unit = others.foreach(SocketDirectory.sweep)

  override def close(): Unit = {
    Try(server.close())
    directory.delete()
  }
}

private[neptune] object UnixSocket {
  /** One in the first of Spark's local directories and the usual others where one can be.
   *
   * @param local Spark's own
   * @return the socket, or why there is none
   */
  def open(local: Seq[Path]): Either[String, UnixSocket] = {
    val parents = SocketDirectory.candidates(local)
    openIn(parents, parents.diff(local)).left.map(why => s"no Unix socket could be created: $why")
  }

  /** @return the socket, or why there is none in any of the directories */
  def openIn(parents: Seq[Path], others: Seq[Path]): Either[String, UnixSocket] =
    parents.foldLeft[Either[Seq[String], UnixSocket]](Left(Nil)) {
      case (Left(reasons), parent) =>
        attempt(parent, others).left.map(reason => reasons :+ reason)
      case (found, _) => found
    }.left.map(_.mkString("; "))

  private def attempt(parent: Path, others: Seq[Path]): Either[String, UnixSocket] = {
    var opened = List.empty[AutoCloseable]
    def keep[T <: AutoCloseable](resource: T): T = { opened ::= resource; resource }
    try {
      val directory = SocketDirectory.in(parent)
      keep[AutoCloseable](() => directory.delete())
      val server = keep(ServerSocketChannel.open(StandardProtocolFamily.UNIX))
      // This is the test of the path: its limit is one of bytes, which only the system counts.
      server.bind(UnixDomainSocketAddress.of(directory.socket))
      server.configureBlocking(false)
      val socket = new UnixSocket(directory, server, others)
      ShutdownHookManager.registerShutdownDeleteDir(directory.path.toFile)
      Right(socket)
    } catch {
      case e @ (_: IOException | _: RuntimeException) =>
        opened.foreach(each => Try(each.close()))
        Left(s"$parent: $e")
    }
  }
}
