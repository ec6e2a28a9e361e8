package org.apache.spark.scheduler.neptune

/** Whether a task set may launch one more task now, beside all that Spark asks. Called under the
 *  scheduler's lock, within a round of offers.
 */
trait LaunchCap {
  def allows: Boolean
  /** The set has launched a task. */
  def launched(): Unit
}

object LaunchCap {
  object Unlimited extends LaunchCap {
    override def allows: Boolean = true
    override def launched(): Unit = ()
  }
}

/** A pool of Spark's FAIR mode.
 *
 * @param name empty for the root, which has all task sets in FIFO mode
 * @param minShare cores
 */
final case class FairPool(name: String, weight: Int, minShare: Int)
