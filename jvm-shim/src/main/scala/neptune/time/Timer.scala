package neptune.time

import java.util.concurrent.TimeUnit

/** Does something later: on a thread of its own, or in a test's or a simulation's own time.
 *
 * THREADING: safe for all callers. What is due runs one at a time, so it must not take long. It is
 * never run by the caller, and hence not under the caller's locks.
 */
trait Timer {
  /** Runs the block once, when this time has passed.
   *
   * @return what takes it back
   */
  def afterNs(ns: Long)(act: => Unit): Scheduled

  /** The same, in milliseconds. */
  def afterMs(ms: Long)(act: => Unit): Scheduled =
    afterNs(TimeUnit.MILLISECONDS.toNanos(ms))(act)

  /** Nothing that is still due runs, nor anything that is asked for from now on. Called by the
   *  timer's owner. */
  def stop(): Unit
}

/** Something that a timer is to run. */
trait Scheduled {
  /** It is not run, unless it runs already. */
  def cancel(): Unit
}
