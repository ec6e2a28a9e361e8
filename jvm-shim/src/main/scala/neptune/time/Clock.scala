package neptune.time

/** What time it is. The methods are named as those of Spark's own clock, so that one class can be
 *  both.
 */
trait Clock {
  /** Nanoseconds since some moment; for differences only. It never goes backwards. */
  def nanoTime(): Long
  /** Milliseconds since 1970, as people and the event log are told the time. */
  def getTimeMillis(): Long
}
