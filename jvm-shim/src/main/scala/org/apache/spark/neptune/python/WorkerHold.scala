package org.apache.spark.neptune.python

import neptune.protocol.{Bounds, Hold, HoldInput, HoldInstruction}
import neptune.protocol.HoldInput.{Timer => _, _}
import neptune.protocol.HoldInstruction._
import neptune.time.Timer

/** What a [[WorkerHold]] speaks to: none of these calls may block. */
private[python] trait HoldSurroundings {
  /** Sends the worker a frame. */
  def send(kind: Byte, taskId: Long, seq: Long): Unit
  /** Has the worker's processes stand still after a grace, then runs the block. */
  def stop(graceMs: Long, stopped: () => Unit): Unit
  /** Has them go on, then runs the block. */
  def continue(continued: () => Unit): Unit
  /** Tells the task's gate that the worker stands still for a request, or goes on. */
  def suspended(seq: Long): Unit
  def resumed(seq: Long): Unit
}

/** The monitor of a worker's [[Hold]], and the hands that do what it says.
 *
 * THREADING: safe for all callers. The gate is never called under this monitor, since the gate
 * calls this class under its own.
 */
private[python] final class WorkerHold(
    taskId: Long, bounds: Bounds, surroundings: HoldSurroundings, timer: Timer) {

  private val hold = new Hold(bounds, IdleTimeout.everyMs)

  def suspend(seq: Long): Unit = handle(Suspend(seq))
  def resume(seq: Long): Unit = handle(Resume(seq))
  def cancel(): Unit = handle(Cancel)
  /** The run is over, or the worker's connection is. */
  def ended(): Unit = handle(End)
  /** The worker has answered a request. */
  def answered(kind: Byte, seq: Long): Unit = handle(Answered(kind, seq))

  private def handle(input: HoldInput): Unit = {
    val news = synchronized {
      val (forGate, others) = hold.handle(input).partition(_.isInstanceOf[ForGate])
      others.foreach(carryOut)
      forGate
    }
    news.foreach(carryOut)
  }

  private def carryOut(instruction: HoldInstruction): Unit = instruction match {
    case SendFrame(kind, seq) => surroundings.send(kind, taskId, seq)
    case StopProcesses(graceMs, seq) => surroundings.stop(graceMs, () => handle(Stopped(seq)))
    case ContinueProcesses(Some(seq)) => surroundings.continue(() => handle(Continued(seq)))
    case ContinueProcesses(None) => surroundings.continue(() => ())
    case PutOffIdleTimeout => IdleTimeout.putOff(taskId)
    case After(ms, due) => timer.afterMs(ms)(handle(due))
    case IsSuspended(seq) => surroundings.suspended(seq)
    case IsResumed(seq) => surroundings.resumed(seq)
  }
}
