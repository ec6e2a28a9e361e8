package org.apache.spark.neptune.simulation

import java.nio.file.Paths

import com.fasterxml.jackson.databind.{ObjectMapper, PropertyNamingStrategies}
import com.fasterxml.jackson.module.scala.DefaultScalaModule

import org.apache.spark.SparkContext
import org.apache.spark.api.java.JavaSparkContext

/** What Python calls over py4j; answers are JSON.
 *
 * THREADING: one call at a time; the context must be idle, its settings are changed.
 */
final class Simulator(context: JavaSparkContext) {
  import Simulator.mapper

  private val sc: SparkContext = context.sc

  /** Runs the workload in a file.
   *
   * @param stopSeconds virtual time after which it stops, or fails if it `drains`
   * @param drains whether all jobs are to end
   */
  def simulate(
      path: String, policy: String, mode: String, stopSeconds: Double, drains: Boolean): String = {
    set(policy, mode)
    val workload = mapper.readValue(Paths.get(path).toFile, classOf[Workload])
    val run = new Simulation(sc, workload, (stopSeconds * 1e9).toLong, drains)
    mapper.writeValueAsString(run.run())
  }

  /** Runs the workload in a file, whose jobs name pools.
   *
   * @param order by which these share the cores: `spark`, `fair` or `feedback`
   * @param mode Spark's own, FIFO or FAIR
   */
  def simulateUsers(path: String, order: String, mode: String, stopSeconds: Double): String = {
    sc.conf.set("spark.neptune.order", order).set("spark.scheduler.mode", mode)
    try simulate(path, "lma", "suspend", stopSeconds, drains = true)
    finally sc.conf.remove("spark.neptune.order").remove("spark.scheduler.mode")
  }

  /** Times offer rounds, on Spark's scheduler and on Neptune's, in turns. */
  def offerRounds(executors: Int, cores: Int, cycles: Int, warm: Int): String = {
    set("lma", "suspend")
    mapper.writeValueAsString(new OfferRounds(sc, executors, cores, cycles, warm).run())
  }

  /** The same where so many parties share the cores of a priority.
   *
   * @param order of the priority: `spark`, `fair` or `feedback`
   */
  def sharedRounds(
      executors: Int, cores: Int, parties: Int, order: String, cycles: Int, warm: Int): String = {
    set("lma", "suspend")
    mapper.writeValueAsString(
      new SharedRounds(sc, executors, cores, parties, order, cycles, warm).run())
  }

  private def set(policy: String, mode: String): Unit = sc.conf
    .set("spark.neptune.policy", policy)
    .set("spark.neptune.preemption", mode)
}

private object Simulator {
  private val mapper = new ObjectMapper()
    .registerModule(DefaultScalaModule)
    .setPropertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
}
