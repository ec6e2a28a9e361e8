package org.apache.spark.neptune.python

import java.io.IOException
import java.net.{StandardProtocolFamily, UnixDomainSocketAddress}
import java.nio.channels.{SelectionKey, Selector, ServerSocketChannel, SocketChannel}
import java.nio.file.{Files, Path, Paths}
import java.nio.file.attribute.PosixFilePermissions
import java.util.concurrent.ConcurrentHashMap

import scala.jdk.CollectionConverters._
import scala.util.control.NonFatal

import jdk.net.ExtendedSocketOptions

import org.apache.spark.SparkEnv
import org.apache.spark.internal.Logging
import org.apache.spark.util.{ShutdownHookManager, Utils}

/** The executor's end of the control connections of its Python workers.
 *
 * A Unix socket in a directory of its own (mode 0700), one connection per worker process; a peer
 * that runs as somebody else is refused. One thread reads all connections; writes are done by
 * whoever has something to say.
 *
 * @param connect makes the connection of a worker that was accepted
 */
private[neptune] final class ControlServer(connect: SocketChannel => WorkerConnection)
  extends Logging {
  private val directory: Path = ControlServer.newDirectory()
  private val socket: Path = directory.resolve("control.sock")
  private val server: ServerSocketChannel =
    ServerSocketChannel.open(StandardProtocolFamily.UNIX)
      .bind(UnixDomainSocketAddress.of(socket))
  private val selector: Selector = Selector.open()
  private val user: String = Files.getOwner(directory).getName
  private val connected = ConcurrentHashMap.newKeySet[WorkerConnection]()
  @volatile private var stopped = false

  server.configureBlocking(false)
  server.register(selector, SelectionKey.OP_ACCEPT)
  private val thread = new Thread(() => serve(), "neptune-python-control")
  thread.setDaemon(true)
  thread.start()

  def path: String = socket.toString

  /** The workers that are connected. */
  def workers: Seq[WorkerConnection] = connected.asScala.toSeq

  def stop(): Unit = {
    stopped = true
    selector.wakeup()
    thread.join(1000L)
  }

  private def serve(): Unit = {
    try {
      while (!stopped) {
        selector.select()
        val ready = selector.selectedKeys().iterator()
        while (ready.hasNext) {
          val key = ready.next()
          ready.remove()
          handle(key)
        }
      }
    } catch {
      case NonFatal(e) => logError("Neptune: Python tasks can no longer be suspended here", e)
    } finally {
      selector.keys().asScala.toSeq.foreach(key => closeQuietly(key.channel()))
      closeQuietly(selector)
      Files.deleteIfExists(socket)
      Files.deleteIfExists(directory)
    }
  }

  private def handle(key: SelectionKey): Unit = key.attachment() match {
    case connection: WorkerConnection =>
      if (key.isValid && !connection.read()) {
        key.cancel()
        connected.remove(connection)
      }
    case _ =>
      try accept()
      catch { case e: IOException => logWarning("Neptune: a Python worker was not accepted", e) }
  }

  private def accept(): Unit = Option(server.accept()).foreach { channel =>
    val peer = channel.getOption(ExtendedSocketOptions.SO_PEERCRED).user().getName
    if (peer == user) {
      channel.configureBlocking(false)
      val connection = connect(channel)
      connected.add(connection)
      channel.register(selector, SelectionKey.OP_READ, connection)
    } else {
      logWarning(s"Neptune: refused a control connection of user $peer")
      channel.close()
    }
  }

  private def closeQuietly(resource: AutoCloseable): Unit =
    try resource.close() catch { case NonFatal(_) => () }
}

private object ControlServer {
  private val onlyMine =
    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"))
  /** A Unix socket's path has 107 bytes at most (Linux); its name and the random part take some. */
  private val parentAtMost = 60

  /** In Spark's local directory, which is cleaned up after an executor that was killed, too. */
  private def newDirectory(): Path = {
    val local = Paths.get(Utils.getLocalDir(SparkEnv.get.conf))
    val short = local.toString.length <= parentAtMost
    val made =
      if (short) Files.createTempDirectory(local, "neptune-", onlyMine)
      else Files.createTempDirectory("neptune-", onlyMine)
    ShutdownHookManager.registerShutdownDeleteDir(made.toFile)
    made
  }
}
