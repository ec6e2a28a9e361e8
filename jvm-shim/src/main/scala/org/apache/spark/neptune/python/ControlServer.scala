package org.apache.spark.neptune.python

import java.io.IOException
import java.nio.channels.{SelectionKey, Selector, SocketChannel}
import java.util.concurrent.{ConcurrentHashMap, TimeUnit}

import scala.jdk.CollectionConverters._
import scala.util.Try
import scala.util.control.NonFatal

import neptune.time.Clock

import org.apache.spark.internal.Logging

/** The executor's end of the control connections of its Python workers.
 *
 * There is one connection per worker process. One thread reads them all; writes are done by
 * whoever has something to say. A connection that is closed, by whichever thread, is found here and
 * its task told of.
 *
 * @param socket the server's from now on
 * @param connect makes the connection of a worker that was let in
 */
private[neptune] final class ControlServer private (
    socket: LocalSocket, selector: Selector, clock: Clock,
    connect: SocketChannel => WorkerConnection)
  extends Logging {
  import ControlServer._

  private val newcomers = new Newcomers(clock)
  private val connected = new ConcurrentHashMap[SocketChannel, WorkerConnection]
  /** When to accept again, after that has failed. Used by the server's thread alone, as
   *  `warned` and `refused`. */
  private var acceptAtNs = Option.empty[Long]
  private var warned = false
  private var refused = false
  @volatile private var stopped = false

  private val accepting: SelectionKey = socket.server.register(selector, SelectionKey.OP_ACCEPT)
  private val thread = new Thread(() => serve(), "neptune-python-control")
  thread.setDaemon(true)
  thread.start()

  /** Where its workers connect. */
  def address: String = socket.address

  /** The workers that are connected. */
  def workers: Seq[WorkerConnection] = connected.values.asScala.toList

  def stop(): Unit = {
    stopped = true
    selector.wakeup()
    thread.join(1000L)
  }

  private def serve(): Unit = {
    try {
      socket.sweep()
      while (!stopped) {
        val nothingDue = acceptAtNs.isEmpty && connected.isEmpty && newcomers.isEmpty
        selector.select(if (nothingDue) 0L else lookEveryMs)
        if (acceptAtNs.exists(_ - clock.nanoTime() <= 0)) acceptAgain()
        val ready = selector.selectedKeys().iterator()
        while (ready.hasNext) {
          val key = ready.next()
          ready.remove()
          handle(key)
        }
        dropClosed()
        newcomers.dropLate()
      }
    } catch {
      case NonFatal(e) if !stopped =>
        logError("Neptune: Python tasks can no longer be suspended here", e)
      case NonFatal(_) => ()
    } finally {
      selector.keys().asScala.toList.foreach(key => closeQuietly(key.channel()))
      closeQuietly(selector)
      Try(socket.close())
    }
  }

  private def handle(key: SelectionKey): Unit = key.attachment() match {
    case channel: SocketChannel => if (key.isValid) read(channel)
    case newcomer: Newcomer => if (key.isValid) admit(key, newcomer)
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
      Option(socket.server.accept()).foreach { channel =>
        warned = false
        val (key, newcomer) = try {
          channel.configureBlocking(false)
          val newcomer = Newcomer(channel, socket.admission(channel))
          (channel.register(selector, SelectionKey.OP_READ, newcomer), newcomer)
        } catch { case NonFatal(e) => closeQuietly(channel); throw e }
        newcomers.add(channel)
        admit(key, newcomer)
      }
    } catch {
      // Who waits to be accepted is still there, so that the selector would not wait at all.
      case NonFatal(e) =>
        acceptAtNs = Some(clock.nanoTime() + TimeUnit.MILLISECONDS.toNanos(lookEveryMs))
        accepting.interestOps(0)
        if (!warned) {
          logWarning(
            s"Neptune: could not connect to a Python worker ($e), so that its tasks can't be " +
              s"suspended until that works; retrying every $lookEveryMs ms. If too many files " +
              "are open, raise the limit (ulimit -n) of the executor.")
        }
        warned = true
    }

  private def acceptAgain(): Unit = {
    acceptAtNs = None
    accepting.interestOps(SelectionKey.OP_ACCEPT)
  }

  private def admit(key: SelectionKey, newcomer: Newcomer): Unit = {
    val channel = newcomer.channel
    val verdict = try newcomer.look() catch {
      case NonFatal(e) => LocalSocket.Refused(e.toString)
    }
    if (verdict != LocalSocket.Undecided) newcomers.remove(channel)
    verdict match {
      case LocalSocket.Undecided => ()
      case LocalSocket.Admitted =>
        connected.put(channel, connect(channel))
        key.attach(channel)
      case LocalSocket.Refused(why) =>
        closeQuietly(channel)
        // Strangers could fill the log.
        if (!refused) logWarning(s"Neptune: refused a control connection: $why")
        refused = true
    }
  }
}

private[neptune] object ControlServer extends Logging {
  /** How soon to accept again after a failure, and to find closed connections. */
  private val lookEveryMs = 1000L

  /** One that has connected.
   *
   * @param look whether it may stay, as far as that is known
   */
  private final case class Newcomer(channel: SocketChannel, look: () => LocalSocket.Verdict)

  /** @param socket where to serve, or why there is nothing
   *  @return None where there is nothing: the executor works, but its Python tasks run on
   */
  def start(
      socket: Either[String, LocalSocket], clock: Clock, connect: SocketChannel => WorkerConnection)
      : Option[ControlServer] = {
    val server = socket.flatMap(serve(_, clock, connect))
    server.left.foreach(why =>
      logWarning(s"Neptune: Python tasks can't be suspended here, since $why."))
    server.toOption
  }

  private def serve(
      socket: LocalSocket, clock: Clock, connect: SocketChannel => WorkerConnection)
      : Either[String, ControlServer] =
    try Right(new ControlServer(socket, Selector.open(), clock, connect))
    catch {
      case e: IOException =>
        Try(socket.close())
        Left(s"nothing can be waited for: $e")
    }

  private def closeQuietly(resource: AutoCloseable): Unit = Try(resource.close())
}
