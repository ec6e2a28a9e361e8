package org.apache.spark.neptune.compat

import org.apache.spark.scheduler.ExecutorResourcesAmounts

/** What an executor has left of resources other than cores, as Spark 4.x offers them: by address,
 *  how much of it. Spark's rounds take from it what they give. */
private[spark] object OtherResources {
  type Type = ExecutorResourcesAmounts
  def none: Type = ExecutorResourcesAmounts.empty

  /** What a task set is offered of them for one task. */
  type Assigned = Map[String, Map[String, Long]]

  /** How many tasks of these needs it is enough for: each takes several whole addresses, or a part
   *  of one. */
  def slots(left: Type, needs: Map[String, Double]): Int = needs.iterator.map {
    case (name, amount) =>
      val shares = left.availableResources.getOrElse(name, Map.empty[String, Double])
      if (amount >= 1) (shares.valuesIterator.count(_ >= 1) / amount).toInt
      else shares.valuesIterator.map(part => (part / amount + rounding).toInt).sum
  }.min

  /** Three times a third of an address are the whole of it. */
  private val rounding = 1e-9
}
