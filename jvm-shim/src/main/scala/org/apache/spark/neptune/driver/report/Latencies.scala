package org.apache.spark.neptune.driver.report

import java.util.concurrent.TimeUnit

import com.codahale.metrics.{Reservoir, Snapshot, Timer, UniformSnapshot}

/** The last some thousand latencies, and how many there were in all. Safe for all callers. */
private[driver] final class Latencies {
  /** As Spark's metrics system has it. */
  val timer: Timer = new Timer(new LastLatencies(10000))

  def add(ns: Long): Unit = timer.update(math.max(0L, ns), TimeUnit.NANOSECONDS)

  def count: Long = timer.getCount

  /** Count, p50, p99 and maximum, in seconds. */
  def summary: Map[String, Any] = {
    val sorted = timer.getSnapshot.getValues
    def at(quantile: Double): Double =
      if (sorted.isEmpty) 0.0 else sorted(((sorted.length - 1) * quantile).round.toInt) / 1e9
    Map("count" -> count, "p50_s" -> at(0.5), "p99_s" -> at(0.99), "max_s" -> at(1.0))
  }
}

/** Keeps the last values, and takes no more room than these need: there are some for each level. */
private final class LastLatencies(most: Int) extends Reservoir {
  private var kept = new Array[Long](16)
  private var seen = 0L

  override def update(value: Long): Unit = synchronized {
    if (seen == kept.length && seen < most) {
      kept = java.util.Arrays.copyOf(kept, math.min(2 * kept.length, most))
    }
    kept((seen % kept.length).toInt) = value
    seen += 1
  }

  override def size(): Int = synchronized(math.min(seen, kept.length.toLong).toInt)

  override def getSnapshot: Snapshot =
    new UniformSnapshot(synchronized(java.util.Arrays.copyOf(kept, size())))
}
