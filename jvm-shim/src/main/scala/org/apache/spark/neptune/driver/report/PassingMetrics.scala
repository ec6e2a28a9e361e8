package org.apache.spark.neptune.driver.report

import scala.collection.mutable

import com.codahale.metrics.{Metric, MetricRegistry}

/** Metrics of things that come and go, in a registry that Spark's metrics system listens to.
 *
 * THREADING: by one thread at a time.
 *
 * @param most how many things may have metrics at one time; others have none
 * @param metricsOf the metrics of a thing, by name
 */
private[driver] final class PassingMetrics[K](registry: MetricRegistry, most: Int)(
    metricsOf: K => Map[String, Metric]) {
  private val registered = mutable.LinkedHashMap.empty[K, Iterable[String]]

  /** These are what there is now. */
  def become(things: Iterable[K]): Unit = {
    val now = things.toSet
    registered.keys.filterNot(now).toList.foreach { gone =>
      registered.remove(gone).foreach(_.foreach(registry.remove))
    }
    now.iterator.filterNot(registered.contains).take(most - registered.size).toList
      .foreach { thing =>
        val metrics = metricsOf(thing)
        registered(thing) = metrics.keys
        metrics.foreach { case (name, metric) => registry.register(name, metric) }
      }
  }
}
