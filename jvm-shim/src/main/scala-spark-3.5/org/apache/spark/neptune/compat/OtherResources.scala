package org.apache.spark.neptune.compat

import scala.collection.mutable

import org.apache.spark.resource.ResourceInformation

/** What an executor has left of resources other than cores, as Spark 3.5 offers them: addresses,
 *  and each as often as there may be tasks that share it. Spark's rounds take from it what they
 *  give. */
private[spark] object OtherResources {
  type Type = Map[String, mutable.Buffer[String]]
  def none: Type = Map.empty

  /** What a task set is offered of them for one task. */
  type Assigned = Map[String, ResourceInformation]

  /** How many tasks of these needs it is enough for. */
  def slots(left: Type, needs: Map[String, Double]): Int = needs.iterator.map {
    case (name, amount) => left.get(name).fold(0)(_.size) / math.max(1, amount.toInt)
  }.min
}
