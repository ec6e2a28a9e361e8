package org.apache.spark.neptune.python

import java.io.IOException
import java.net.{StandardProtocolFamily, UnixDomainSocketAddress}
import java.nio.channels.{SelectionKey, Selector, ServerSocketChannel, SocketChannel}
import java.nio.file.{Files, Path}
import java.util.concurrent.{ConcurrentHashMap, TimeUnit}

import scala.jdk.CollectionConverters._
import scala.util.Try
import scala.util.control.NonFatal

import jdk.net.ExtendedSocketOptions
import neptune.time.Clock

import org.apache.spark.internal.Logging
import org.apache.spark.util.ShutdownHookManager

/** The executor's end of the control connections of its Python workers.
 *
 * A Unix socket in a directory of its own, one connection per worker process; a peer that runs as
 * somebody else is refused. One thread reads all connections; writes are done by whoever has
 * something to say. A connection that is closed, by whichever thread, is found here and its task
 * told of.
 *
 * @param server bound to the socket in the directory
 * @param others where directories of executors that are no more may be
 * @param connect makes the connection of a worker that was accepted
 */
private[neptune] final class ControlServer private (
    directory: SocketDirectory, server: ServerSocketChannel, selector: Selector,
    others: Seq[Path], clock: Clock, connect: SocketChannel => WorkerConnection)
  extends Logging {
  import ControlServer._

  private val user: String = Files.getOwner(directory.path).getName
  private val connected = new ConcurrentHashMap[SocketChannel, WorkerConnection]
  /** When to accept again, after that has failed. Used by the server's thread alone, as
   *  `warned`. */
  private var acceptAtNs = Option.empty[Long]
  private var warned = false
  @volatile private var stopped = false

  private val accepting: SelectionKey = server.register(selector, SelectionKey.OP_ACCEPT)
  private val thread = new Thread(() => serve(), "neptune-python-control")
  thread.setDaemon(true)
  thread.start()

  def path: String = directory.socket.toString

  /** The workers that are connected. */
  def workers: Seq[WorkerConnection] = connected.values.asScala.toList

  def stop(): Unit = {
    stopped = true
    selector.wakeup()
    thread.join(1000L)
  }

  private def serve(): Unit = {
    try {
      others.foreach(SocketDirectory.sweep)
      while (!stopped) {
        selector.select(if (acceptAtNs.isEmpty && connected.isEmpty) 0L else lookEveryMs)
        if (acceptAtNs.exists(_ - clock.nanoTime() <= 0)) acceptAgain()
        val ready = selector.selectedKeys().iterator()
        while (ready.hasNext) {
          val key = ready.next()
          ready.remove()
          handle(key)
        }
        dropClosed()
      }
    } catch {
      case NonFatal(e) if !stopped =>
        logError("Neptune: Python tasks can no longer be suspended here", e)
      case NonFatal(_) => ()
    } finally {
      selector.keys().asScala.toList.foreach(key => closeQuietly(key.channel()))
      closeQuietly(selector)
      directory.delete()
    }
  }

  private def handle(key: SelectionKey): Unit = key.attachment() match {
    case channel: SocketChannel => if (key.isValid) read(channel)
    case _ => accept()
  }

  private def read(channel: SocketChannel): Unit =
    Option(connected.get(channel)).foreach { connection =>
      // What one worker's task makes of a frame must not end the service for the others.
      val alive = try connection.read() catch {
        case NonFatal(e) =>
          logWarning("Neptune: lost the connection to a Python worker", e)
          closeQuietly(channel)
          // Once more, now that it is over, for its task to be told.
          Try(connection.read())
          false
      }
      if (!alive) {
        connected.remove(channel)
        closeQuietly(channel)
      }
    }

  /** The selector says nothing of a channel that was closed by another thread. */
  private def dropClosed(): Unit =
    connected.keySet.asScala.filterNot(_.isOpen).foreach(read)

  private def accept(): Unit =
    try {
      Option(server.accept()).foreach { channel =>
        warned = false
        try welcome(channel) catch { case NonFatal(e) => closeQuietly(channel); throw e }
      }
    } catch {
      // Who waits to be accepted is still there, so that the selector would not wait at all.
      case NonFatal(e) =>
        acceptAtNs = Some(clock.nanoTime() + TimeUnit.MILLISECONDS.toNanos(lookEveryMs))
        accepting.interestOps(0)
        if (!warned) {
          logWarning(
            s"Neptune: a Python worker could not be connected ($e), so that its tasks can't be " +
              s"suspended until it can; tried again every $lookEveryMs ms. If too many files are " +
              "open, raise the limit (ulimit -n) of the executor.")
        }
        warned = true
    }

  private def acceptAgain(): Unit = {
    acceptAtNs = None
    accepting.interestOps(SelectionKey.OP_ACCEPT)
  }

  private def welcome(channel: SocketChannel): Unit = {
    val peer = channel.getOption(ExtendedSocketOptions.SO_PEERCRED).user().getName
    if (peer == user) {
      channel.configureBlocking(false)
      val connection = connect(channel)
      channel.register(selector, SelectionKey.OP_READ, channel)
      connected.put(channel, connection)
    } else {
      logWarning(s"Neptune: refused a control connection of user $peer")
      channel.close()
    }
  }
}

private[neptune] object ControlServer extends Logging {
  /** How soon to accept again after a failure, and to find closed connections. */
  private val lookEveryMs = 1000L

  /** A server in the first of Spark's local directories and the usual others where one can be.
   *
   * @return None where there is none: the executor works, but its Python tasks are not suspended
   */
  def start(
      local: Seq[Path], clock: Clock, connect: SocketChannel => WorkerConnection)
      : Option[ControlServer] = {
    val parents = SocketDirectory.candidates(local)
    val server = startIn(parents, parents.diff(local), clock, connect)
    server.left.foreach(why => logWarning(
      s"Neptune: Python tasks can't be suspended here, since no Unix socket could be made: $why. " +
        "Set spark.local.dir (or what replaces it on this cluster) to a directory that can be " +
        "written to and whose path is short, or make /tmp writable."))
    server.toOption
  }

  /** @return the server, or why there is none in any of the directories */
  def startIn(
      parents: Seq[Path], others: Seq[Path], clock: Clock,
      connect: SocketChannel => WorkerConnection)
      : Either[String, ControlServer] =
    parents.foldLeft[Either[Seq[String], ControlServer]](Left(Nil)) {
      case (Left(reasons), parent) =>
        attempt(parent, others, clock, connect).left.map(reason => reasons :+ reason)
      case (found, _) => found
    }.left.map(_.mkString("; "))

  private def attempt(
      parent: Path, others: Seq[Path], clock: Clock, connect: SocketChannel => WorkerConnection)
      : Either[String, ControlServer] = {
    var opened = List.empty[AutoCloseable]
    def keep[T <: AutoCloseable](resource: T): T = { opened ::= resource; resource }
    try {
      val directory = SocketDirectory.in(parent)
      keep[AutoCloseable](() => directory.delete())
      val server = keep(ServerSocketChannel.open(StandardProtocolFamily.UNIX))
      // This is the test of the path: its limit is one of bytes, which only the system counts.
      server.bind(UnixDomainSocketAddress.of(directory.socket))
      server.configureBlocking(false)
      val selector = keep(Selector.open())
      val started = new ControlServer(directory, server, selector, others, clock, connect)
      ShutdownHookManager.registerShutdownDeleteDir(directory.path.toFile)
      Right(started)
    } catch {
      case e @ (_: IOException | _: RuntimeException) =>
        opened.foreach(closeQuietly)
        Left(s"$parent: $e")
    }
  }

  private def closeQuietly(resource: AutoCloseable): Unit = Try(resource.close())
}
