package org.apache.spark.neptune.time

import scala.collection.mutable

/** Moments on the way of a preemption, noted in this JVM while somebody wants them:
 *  `neptune-spark bench path`, which turns it on in the driver and in executors. Off, a note costs
 *  the read of a field.
 *
 * Notes of several JVMs of one machine can be compared: on Linux their clock is CLOCK_MONOTONIC.
 *
 * THREADING: safe for all callers.
 */
private[neptune] object Instants {
  /** A task set comes; with its stage's id. */
  val Submitted: String = "submitted"
  /** A round of offers begins. */
  val Offered: String = "offered"
  /** Victims are chosen; with the first one's task id, as all that follow have a task's. */
  val Decided: String = "decided"
  /** The driver is about to send a request to suspend. */
  val Requested: String = "requested"
  /** The executor gets it. */
  val Received: String = "received"
  /** The task has stopped, and its executor is about to say so. */
  val Stopped: String = "stopped"
  /** The driver has taken in an executor's answer. */
  val Acknowledged: String = "acknowledged"
  /** A round of offers ends that launches the task, which is about to be sent. */
  val Launched: String = "launched"
  /** The task has been deserialized, and starts. */
  val Started: String = "started"
  /** The task had to wait for the one whose core it was launched on, and goes on. */
  val Released: String = "released"

  private final case class Note(what: String, id: Long, ns: Long)

  private val notes = mutable.ArrayBuffer.empty[Note]
  private var room = 0
  @volatile private var wanted = false

  def isOn: Boolean = wanted

  def note(what: String, id: Long): Unit = if (wanted) {
    val ns = SystemTime.nanoTime()
    synchronized(if (notes.size < room) notes += Note(what, id, ns))
  }

  /** Notes from now on, afresh.
   *
   * @param most how many notes are kept: the first ones
   * @return whether it is on: SQL's function `reflect`, which calls this on executors, wants a
   *         result
   */
  def start(most: Int): Boolean = synchronized {
    notes.clear()
    room = most
    wanted = most > 0
    wanted
  }

  /** Ends it.
   *
   * @return what was noted, one in each line: what, id, nanoseconds
   */
  def stop(): String = synchronized {
    wanted = false
    // Somebody may have seen before that notes are wanted.
    room = 0
    val lines = notes.map(note => s"${note.what} ${note.id} ${note.ns}").mkString("\n")
    notes.clear()
    lines
  }
}
