package org.apache.spark.neptune.driver

/** The last some thousand latencies, and how many there were in all. Not thread-safe. */
private[driver] final class Latencies {
  private val kept = new Array[Long](10000)
  private var seen = 0L

  def add(ns: Long): Unit = {
    kept((seen % kept.length).toInt) = ns
    seen += 1
  }

  def count: Long = seen

  /** Count, p50, p99 and maximum, in seconds. */
  def summary: Map[String, Any] = {
    val sorted = kept.take(math.min(seen, kept.length.toLong).toInt).sorted
    def at(quantile: Double): Double =
      if (sorted.isEmpty) 0.0 else sorted(((sorted.length - 1) * quantile).round.toInt) / 1e9
    Map("count" -> seen, "p50_s" -> at(0.5), "p99_s" -> at(0.99), "max_s" -> at(1.0))
  }
}
