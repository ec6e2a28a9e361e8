package org.apache.spark.neptune.python

import java.io.IOException
import java.nio.ByteBuffer
import java.nio.channels.SocketChannel

import org.apache.spark.internal.Logging
import org.apache.spark.neptune.executor.{TaskGate, WorkerControl}

/** One Python worker's control connection; the frames are those of `neptune_spark.worker.messages`.
 *
 * A worker runs one task at a time. What it says of another task, or before it began one, is
 * dropped; an unknown frame closes the connection, never the task, which then can't be suspended.
 *
 * @param turnsTo told of the process when it begins a task of another priority than its last one;
 *                returns whether it need not be told again
 *
 * THREADING: `read` is called by the control server's thread only; writes come from any thread.
 */
private[neptune] final class WorkerConnection(
    channel: SocketChannel,
    gateOf: Long => Option[TaskGate],
    turnsTo: (Long, Int) => Boolean,
    warden: Option[Warden],
    bounds: Bounds,
    after: (Long, () => Unit) => Unit)
  extends WorkerControl with Logging {
  import WorkerConnection._

  private val incoming = ByteBuffer.allocate(FrameBytes * 16)
  @volatile private var pid = -1L
  @volatile private var current: Option[(Long, TaskGate)] = None
  @volatile private var turnedTo: Option[Int] = None
  private val hold = new WorkerHold(
    bounds,
    write,
    done => warden.foreach(_.stop(pid)(done())),
    done => warden.foreach(_.continue(pid)(done())),
    after)

  override def suspend(taskId: Long, seq: Long): Unit =
    hold.suspend(taskId, seq)(of(taskId).foreach(_.workerSuspended(this, seq)))
  override def resume(taskId: Long, seq: Long): Unit =
    hold.resume(taskId, seq)(of(taskId).foreach(_.workerResumed(this, seq)))
  override def cancel(taskId: Long): Unit = hold.cancel(taskId)

  /** The worker's process; None before it said so. */
  def processId: Option[Long] = Some(pid).filter(_ > 0)
  /** The task that it runs, if that is one of ours. */
  def taskId: Option[Long] = current.map(_._1)

  /** `turnsTo` is to be told of the next task in any case. */
  def turnsAgain(): Unit = turnedTo = None

  /** Reads what is there; false when the connection is over. */
  def read(): Boolean = {
    val alive = try channel.read(incoming) >= 0 catch { case _: IOException => false }
    incoming.flip()
    var understood = alive
    while (understood && incoming.remaining() >= FrameBytes) {
      understood = dispatch(incoming.get(), incoming.getLong(), incoming.getLong())
    }
    incoming.compact()
    if (!understood) close()
    understood
  }

  private def dispatch(kind: Byte, id: Long, seq: Long): Boolean = {
    kind match {
      case Kind.Hello if seq == Protocol => pid = id
      case Kind.Hello =>
        logWarning(s"Neptune: Python worker $id speaks version $seq of the control protocol, and " +
          s"this executor version $Protocol: install neptune-spark as on the driver")
      case Kind.Begin =>
        end()
        current = gateOf(id).map(gate => (id, gate))
        current.foreach { case (_, gate) =>
          gate.workerBegan(this)
          val priority = gate.priority
          if (!turnedTo.contains(priority)) {
            turnedTo = Option.when(turnsTo(pid, priority))(priority)
          }
        }
      case Kind.End => if (taskId.contains(id)) end()
      case Kind.Suspended | Kind.SuspendedInCompany => of(id).foreach { gate =>
        hold.heard(kind, seq)
        gate.workerSuspended(this, seq)
      }
      case Kind.Resumed => of(id).foreach { gate =>
        hold.heard(kind, seq)
        gate.workerResumed(this, seq)
      }
      case Kind.Deferred => of(id).foreach(_ => hold.heard(kind, seq))
      case _ => logWarning(s"Neptune: Python worker $pid sent a frame of unknown kind $kind")
    }
    kind >= Kind.Hello && kind <= Kind.SuspendedInCompany && pid > 0
  }

  private def of(taskId: Long): Option[TaskGate] = current.collect { case (`taskId`, gate) => gate }

  private def end(): Unit = {
    hold.ended()
    current.foreach(_._2.workerEnded(this))
    current = None
  }

  private def close(): Unit = {
    end()
    try channel.close() catch { case e: IOException => logDebug("Neptune: close failed", e) }
  }

  private def write(kind: Byte, taskId: Long, seq: Long): Unit = synchronized {
    val frame = ByteBuffer.allocate(FrameBytes).put(kind).putLong(taskId).putLong(seq).flip()
    try {
      // A worker that leaves some hundred frames unread is broken; the reader sees the close.
      if (channel.write(frame) != FrameBytes) channel.close()
    } catch {
      case e: IOException => logDebug(s"Neptune: Python worker $pid is gone", e)
    }
  }
}

private[neptune] object WorkerConnection {
  val FrameBytes: Int = 17
  val Protocol: Long = 2L

  object Kind {
    val Hello: Byte = 1
    val Begin: Byte = 2
    val End: Byte = 3
    val Suspended: Byte = 4
    val Resumed: Byte = 5
    val Deferred: Byte = 6
    val SuspendedInCompany: Byte = 7
    val Suspend: Byte = 16
    val Resume: Byte = 17
    val Cancel: Byte = 18
    val SuspendNow: Byte = 19
  }
}
