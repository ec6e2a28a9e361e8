package org.apache.spark.neptune.simulation

import scala.collection.mutable

/** Times offer rounds of Spark's scheduler and of Neptune's, in turns, over the same offers and
 *  task sets.
 *
 * A cycle leads both through the same moments, and back to where they were; what happens between
 * the rounds is not timed.
 *
 * @param warm cycles that do not count
 */
private[simulation] abstract class RoundsInTurns[W <: TimedWorld](
    executors: Int, cycles: Int, warm: Int) {
  import RoundsInTurns._

  private val samples =
    mutable.LinkedHashMap.empty[String, Map[String, mutable.ArrayBuffer[Double]]]
  private var cycle = 0
  private var singles = 0

  protected def stock: W
  protected def neptune: W
  protected def oneCycle(number: Int): Unit

  protected val singlesPerCycle = 4

  /** The samples of each kind of round, in real microseconds. */
  protected def roundsUs(): collection.Map[String, Map[String, collection.Seq[Double]]] = {
    val worlds = Seq(stock, neptune)
    try {
      worlds.foreach(_.fill())
      while (cycle < warm + cycles) {
        oneCycle(cycle)
        cycle += 1
      }
      samples
    } finally worlds.foreach(_.close())
  }

  /** Both worlds do the same, each first in every other cycle. */
  protected def both(round: String)(act: W => Double): Unit = {
    val named = Seq("stock" -> stock, "neptune" -> neptune)
    (if (cycle % 2 == 0) named else named.reverse).foreach { case (name, world) =>
      val us = act(world)
      if (cycle >= warm) {
        samples.getOrElseUpdate(round, Map(
          "stock" -> mutable.ArrayBuffer.empty[Double],
          "neptune" -> mutable.ArrayBuffer.empty[Double]))(name) += us
      }
    }
  }

  protected def someSingles(act: Int => Unit): Unit = (1 to singlesPerCycle).foreach { _ =>
    singles += 1
    act(at(singles))
  }

  /** Executors all over the cluster, another one for each number. */
  protected def at(number: Int): Int = ((number.toLong * stride) % executors).toInt
}

private object RoundsInTurns {
  private val stride = 7919L
}
