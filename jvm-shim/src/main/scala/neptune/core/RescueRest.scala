package neptune.core

import java.util.concurrent.TimeUnit

/** How long a rescued task is left alone.
 *
 * Whoever waits for it still waits when it has just been rescued: to suspend it at once would be to
 * rescue it again. How long the wait lasts nobody knows, so that each rescue in a row, up to a
 * suspension that ends without one, makes the rest twice as long.
 */
object RescueRest {
  private val firstNs: Long = TimeUnit.MILLISECONDS.toNanos(100)
  private val doublings = 7
  private val timesIfUnasked = 10L

  /** @param rescues in a row, at least 1 */
  def ns(rescues: Int): Long = firstNs << math.min(rescues - 1, doublings)

  /** The same where nobody asks for its core, so that there is less hurry. */
  def longNs(rescues: Int): Long = timesIfUnasked * ns(rescues)
}
