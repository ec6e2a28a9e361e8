package org.apache.spark.neptune.driver.sharing

import neptune.core.Nanocores
import neptune.order.StreamCores

import org.apache.spark.neptune.settings.Limiter

/** What the latency target of a streaming query leaves to its tasks: another number of cores from
 *  batch to batch.
 *
 * THREADING: under the scheduler's lock.
 *
 * @param name the query's
 */
private[sharing] final class StreamAllowance(name: String, val cores: StreamCores)
  extends Allowance(Limiter(s"stream $name", None, None, None), 0L, None) {

  /** The level of its tasks. */
  var priority: Int = 0

  override def described: String = s"the latency target of the ${limiter.name}"

  /** As many tasks as hold so many cores at least: a target asks for no fewer. */
  override protected def mostNanocores(nanocores: Long): Option[Long] = cores.cores.map { count =>
    val all = count * Nanocores.PerCore
    (all + nanocores - 1) / nanocores * nanocores
  }
}
