package org.apache.spark.neptune.python

import java.io.IOException
import java.nio.ByteBuffer
import java.nio.channels.SocketChannel

import neptune.protocol.{Bounds, Frame}
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
  private val incoming = ByteBuffer.allocate(Frame.Bytes * 16)
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
    while (understood && incoming.remaining() >= Frame.Bytes) {
      understood = dispatch(incoming.get(), incoming.getLong(), incoming.getLong())
    }
    incoming.compact()
    if (!understood) close()
    understood
  }

  private def dispatch(kind: Byte, id: Long, seq: Long): Boolean = {
    kind match {
      case Frame.Hello if seq == Frame.Protocol => hello(id)
      case Frame.Hello =>
        logWarning(s"Neptune: Python worker $id speaks version $seq of the control protocol, and " +
          s"this executor version ${Frame.Protocol}: install the neptune-spark of the driver")
      case Frame.Begin =>
        end()
        gateOf(id).foreach(gate => begin(new Run(id, gate)))
      case Frame.End => if (taskId.contains(id)) end()
      case Frame.Suspended | Frame.SuspendedMaybeBusy => of(id).foreach { run =>
        run.hold.answered(kind, seq)
        run.gate.workerSuspended(run, seq)
      }
      case Frame.Resumed => of(id).foreach { run =>
        run.hold.answered(kind, seq)
        run.gate.workerResumed(run, seq)
      }
      case Frame.Deferred | Frame.Unreachable => of(id).foreach(_.hold.answered(kind, seq))
      case _ => logWarning(s"Neptune: Python worker $pid sent a frame of unknown kind $kind")
    }
    kind >= Frame.Hello && kind <= Frame.Unreachable && pid > 0
  }

  private def of(taskId: Long): Option[Run] = current.filter(_.taskId == taskId)

  private def hello(id: Long): Unit = {
    pid = id
    known = WorkerProcess.below(id)
    if (known.isEmpty) {
      logWarning(s"Neptune: a Python worker says that its process is $id, which this executor " +
        "has not started: where it does not answer (in C calls) its task can't be suspended. " +
        "Workers need the executor's PID namespace, and must not leave their process tree")
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
    val frame = ByteBuffer.allocate(Frame.Bytes).put(kind).putLong(taskId).putLong(seq)
    frame.flip()
    try {
      // A worker that leaves some hundred frames unread is broken; the reader sees the close.
      if (channel.write(frame) != Frame.Bytes) channel.close()
    } catch {
      case e: IOException => logDebug(s"Neptune: Python worker $pid is gone", e)
    }
  }

  /** What its gate knows of the worker while it runs a part of the task. */
  private final class Run(val taskId: Long, val gate: WorkerTask)
    extends WorkerControl with HoldSurroundings {
    val hold: WorkerHold = new WorkerHold(taskId, bounds, this, timer)

    override def suspend(taskId: Long, seq: Long): Unit = hold.suspend(seq)
    override def resume(taskId: Long, seq: Long): Unit = hold.resume(seq)
    override def cancel(taskId: Long): Unit = hold.cancel()

    override def send(kind: Byte, taskId: Long, seq: Long): Unit = write(kind, taskId, seq)
    override def stop(graceMs: Long, stopped: () => Unit): Unit =
      for (c <- control; p <- known) c.hold(p, graceMs)(stopped())
    override def continue(continued: () => Unit): Unit =
      for (c <- control; p <- known) c.continue(p)(continued())
    override def suspended(seq: Long): Unit = gate.workerSuspended(this, seq)
    override def resumed(seq: Long): Unit = gate.workerResumed(this, seq)
  }
}
