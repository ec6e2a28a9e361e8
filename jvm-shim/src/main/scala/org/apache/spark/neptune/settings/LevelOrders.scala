package org.apache.spark.neptune.settings

import neptune.core.Priority

import org.apache.spark.SparkException

/** How the jobs of each level share its cores.
 *
 * @param common the order of levels that have none of their own
 * @param own those of levels, by the level
 */
private[neptune] final class LevelOrders private (common: String, own: Map[Int, String]) {
  def of(level: Int): String = own.getOrElse(level, common)

  /** Whether the jobs of some level share its cores by suspension; and whether by pools. */
  def isSharing: Boolean = all.exists(_ != LevelOrders.Spark)
  def isFair: Boolean = all.contains(LevelOrders.Fair)

  /** Why these orders can't go with a mode of preemption, if so.
   *
   * @param preemption one of those that `spark.neptune.preemption` accepts
   */
  def problemWith(preemption: String): Option[String] =
    all.find(_ != LevelOrders.Spark).filter(_ => preemption == "kill").map(order =>
      s"spark.neptune.preemption is kill, and an order is $order: tasks that take turns would be " +
        "killed in turns, and might never end. Set spark.neptune.preemption to suspend or none, " +
        "or spark.neptune.order (spark.neptune.level.<level>.order) to spark.")

  private def all: Seq[String] = common +: own.values.toSeq
}

private[neptune] object LevelOrders {
  val Spark: String = "spark"
  val Fair: String = "fair"
  val Feedback: String = "feedback"

  /** @param named the orders of levels, by the level's name or number; each is an order
   *  @throws SparkException for what names no level, or a level that another one names, too
   */
  def from(common: String, named: Map[String, String]): LevelOrders = {
    val levels = named.keys.toList.sorted.map(name => name -> Priority.parse(name).getOrElse(
      throw new SparkException(
        s"${key(name)} names no level: put ${Priority.accepted} instead of '$name'.")))
    val namesOf = levels.groupBy(_._2).values.map(_.map(_._1))
    for (same <- namesOf if same.map(named).distinct.size > 1) {
      throw new SparkException(
        s"${same.map(key(_)).mkString(" and ")} are for the same level, with different orders: " +
          "remove all but one.")
    }
    new LevelOrders(common, levels.map { case (name, level) => level -> named(name) }.toMap)
  }

  private def key(name: String): String = s"spark.neptune.level.$name.order"

  /** What [[bandsOf]] accepts, for error messages. */
  val acceptedBands: String = "core-seconds such as 0,1,10: from 0 on, each more than the one " +
    "before, 16 at most"
  private val mostBands = 16

  /** Where bands of the order feedback begin, in core-nanoseconds; None if `text` does not say. */
  def bandsOf(text: String): Option[Seq[Long]] = {
    val parts = text.trim.split(" *, *", -1).toList
    val bands = if (parts.forall(_.matches(CoreCount.number))) parts.map(BigDecimal(_)) else Nil
    val fit = bands.headOption.contains(BigDecimal(0)) && bands.last <= Int.MaxValue &&
      bands.size <= mostBands && bands.zip(bands.drop(1)).forall { case (low, high) => low < high }
    if (fit) Some(bands.map(band => (band * 1000000000L).toLongExact)) else None
  }
}
