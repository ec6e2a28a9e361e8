package org.apache.spark.neptune.python

import java.io.IOException
import java.nio.ByteBuffer
import java.nio.channels.SocketChannel

import neptune.time.Timer

import org.apache.spark.internal.Logging

/** One Python worker's control connection; the frames are those of `neptune_spark.worker.messages`.
 *
 * A worker runs one task at a time. What it says of another task, or before it began one, is
 * dropped; each run has a hold of its own, so that what comes late for one can't touch the next. An
 * unknown frame closes the connection, never the task, which then can't be suspended.
 *
 * @param turnsTo told of the process when it begins a task of another priority than its last one;
 *                returns whether it need not be told again
 *
 * THREADING: `read` is called by the control server's thread only; writes come from any thread.
 */
private[neptune] final class WorkerConnection(
    channel: SocketChannel,
    gateOf: Long => Option[WorkerTask],
    turnsTo: (WorkerProcess, Int) => Boolean,
    control: Option[ProcessControl],
    bounds: Bounds,
    timer: Timer)
  extends Logging {
  import WorkerConnection._

  private val incoming = ByteBuffer.allocate(FrameBytes * 16)
  @volatile private var pid = -1L
  /** None also of a process that is not below this one, which must not be stopped or measured. */
  @volatile private var known: Option[WorkerProcess] = None
  @volatile private var current: Option[Run] = None
  @volatile private var turnedTo: Option[Int] = None

  /** The worker's process; None before it said so. */
  def process: Option[WorkerProcess] = known
  /** The task that it runs, if that is one of ours. */
  def taskId: Option[Long] = current.map(_.taskId)

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
      case Kind.Hello if seq == Protocol => hello(id)
      case Kind.Hello =>
        logWarning(s"Neptune: Python worker $id speaks version $seq of the control protocol, and " +
          s"this executor version $Protocol: install neptune-spark as on the driver")
      case Kind.Begin =>
        end()
        gateOf(id).foreach(gate => begin(new Run(id, gate)))
      case Kind.End => if (taskId.contains(id)) end()
      case Kind.Suspended | Kind.SuspendedInCompany => of(id).foreach { run =>
        run.hold.heard(kind, seq)
        run.gate.workerSuspended(run, seq)
      }
      case Kind.Resumed => of(id).foreach { run =>
        run.hold.heard(kind, seq)
        run.gate.workerResumed(run, seq)
      }
      case Kind.Deferred | Kind.Unreachable => of(id).foreach(_.hold.heard(kind, seq))
      case _ => logWarning(s"Neptune: Python worker $pid sent a frame of unknown kind $kind")
    }
    kind >= Kind.Hello && kind <= Kind.Unreachable && pid > 0
  }

  private def of(taskId: Long): Option[Run] = current.filter(_.taskId == taskId)

  private def hello(id: Long): Unit = {
    pid = id
    known = WorkerProcess.below(id)
    if (known.isEmpty) {
      logWarning(s"Neptune: a Python worker says that its process is $id, which this executor has " +
        "not started: where it does not answer (in C calls) its task can't be suspended. Workers " +
        "need the executor's PID namespace, and must not leave their process tree")
    }
  }

  private def begin(run: Run): Unit = {
    current = Some(run)
    run.gate.workerBegan(run)
    val priority = run.gate.priority
    if (!turnedTo.contains(priority)) {
      turnedTo = known.filter(turnsTo(_, priority)).map(_ => priority)
    }
  }

  private def end(): Unit = current.foreach { run =>
    current = None
    // First the gate: until it knows that the run is over, it may want it suspended, and what is
    // stopped then would stay so.
    run.gate.workerEnded(run)
    run.hold.ended()
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

  /** What its gate knows of the worker while it runs a part of the task. */
  private final class Run(val taskId: Long, val gate: WorkerTask) extends WorkerControl {
    val hold: WorkerHold = new WorkerHold(
      bounds,
      write,
      (graceMs, done) => for (c <- control; p <- known) c.hold(p, graceMs)(done()),
      done => for (c <- control; p <- known) c.continue(p)(done()),
      (ms, act) => timer.afterMs(ms)(act()))

    override def suspend(taskId: Long, seq: Long): Unit =
      hold.suspend(taskId, seq)(gate.workerSuspended(this, seq))
    override def resume(taskId: Long, seq: Long): Unit =
      hold.resume(taskId, seq)(gate.workerResumed(this, seq))
    override def cancel(taskId: Long): Unit = hold.cancel(taskId)
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
    /** User code has taken all signal numbers, so that its task comes to no gate: it is to be
     *  stopped. */
    val Unreachable: Byte = 8
    val Suspend: Byte = 16
    val Resume: Byte = 17
    val Cancel: Byte = 18
    val SuspendNow: Byte = 19
  }
}
