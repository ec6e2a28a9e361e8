package org.apache.spark.neptune.python

/** How long to wait before what has ended is started again: longer each time, unless it has lived
 *  for long.
 *
 * @param firstMs after the second end; after the first it is started at once
 * @param calmMs after a life of so long an end counts as the first
 */
private[python] final class BackOff(firstMs: Long, longestMs: Long, calmMs: Long) {
  private var pauseMs = 0L

  /** @return for how long to wait */
  def ended(livedMs: Long): Long = {
    val now = if (livedMs >= calmMs) 0L else pauseMs
    pauseMs = math.min(math.max(now * 2, firstMs), longestMs)
    now
  }
}
