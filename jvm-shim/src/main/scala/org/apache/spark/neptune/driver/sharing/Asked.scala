package org.apache.spark.neptune.driver.sharing

/** What somebody asked for when cores were last dealt: all that these are dealt by, but what the
 *  claimant holds and has used. As long as it is the same, what was dealt holds until the order's
 *  time for it is over: else tasks would take turns in each round.
 */
private[sharing] final class Asked {
  private var wantedNanocores = -1L
  private var minNanocores = 0L
  private var weight = 0.0
  private var perTask = 0L

  /** Whether this is something else. */
  def isNew(wanted: Long, min: Long, itsWeight: Double, nanocoresPerTask: Long): Boolean = {
    val isNew = wanted != wantedNanocores || min != minNanocores || itsWeight != weight ||
      nanocoresPerTask != perTask
    wantedNanocores = wanted
    minNanocores = min
    weight = itsWeight
    perTask = nanocoresPerTask
    isNew
  }
}

private[sharing] object Asked {
  /** What one of somebody's tasks needs, at most: of those for which there are cores at all, or the
   *  others would be due nothing as long as there are too few for the largest.
   *
   * @param sizes what each of the tasks needs
   * @param capacity what there is for all
   */
  def perTask(sizes: Iterator[Long], capacity: Long): Long = {
    var largest = 0L
    var smallest = Long.MaxValue
    sizes.foreach { nanocores =>
      if (nanocores <= capacity) largest = math.max(largest, nanocores)
      smallest = math.min(smallest, nanocores)
    }
    if (largest > 0L) largest else if (smallest < Long.MaxValue) smallest else 1L
  }
}
