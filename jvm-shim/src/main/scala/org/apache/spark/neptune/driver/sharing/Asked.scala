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
