package neptune.order

import java.util.{Arrays, Comparator}

/** Weighted max-min shares: nobody's can be raised but at the cost of one who has less, by weight.
 *
 * Each share is weight times one level, the same for all, but not below the party's minimum and not
 * above what it can use. The level is raised until everything is given away (Bertsekas and
 * Gallager, Data Networks, 1992, 6.5.2).
 */
private[order] object WaterFilling {
  private final class Step(val level: Double, val slope: Double)

  private val byLevel: Comparator[Step] = (a, b) => java.lang.Double.compare(a.level, b.level)

  /** @param mins at most the respective `usable`; where they exceed the capacity, all are cut alike
   *  @return shares, which sum up to the capacity, or to all that is usable where that is less */
  def shares(
      weights: Array[Double], mins: Array[Double], usable: Array[Double],
      capacity: Double): Array[Double] = {
    val total = math.max(0.0, math.min(capacity, usable.sum))
    val assured = mins.sum
    if (assured >= total) {
      val part = if (assured > 0) total / assured else 0.0
      mins.map(_ * part)
    } else {
      val level = levelFor(total - assured, weights, mins, usable)
      weights.indices.iterator.map { i =>
        math.min(usable(i), math.max(mins(i), weights(i) * level))
      }.toArray
    }
  }

  /** The level at which so much has been given beyond the minimums. */
  private def levelFor(
      toGive: Double, weights: Array[Double], mins: Array[Double],
      usable: Array[Double]): Double = {
    val steps = new Array[Step](2 * weights.length)
    weights.indices.foreach { i =>
      steps(2 * i) = new Step(mins(i) / weights(i), weights(i))
      steps(2 * i + 1) = new Step(usable(i) / weights(i), -weights(i))
    }
    Arrays.sort(steps, byLevel)
    var (level, slope, left, i) = (0.0, 0.0, toGive, 0)
    while (i < steps.length && slope * (steps(i).level - level) < left) {
      left -= slope * (steps(i).level - level)
      level = steps(i).level
      slope += steps(i).slope
      i += 1
    }
    // After the last step everybody has all that it can use; what is left is a rounding error.
    if (i < steps.length) level + left / slope else level
  }
}
