package org.apache.spark.neptune.simulation

import com.fasterxml.jackson.databind.ObjectMapper
import com.fasterxml.jackson.module.scala.DefaultScalaModule

import org.apache.spark.SparkContext
import org.apache.spark.api.java.JavaSparkContext

/** What tests have happen to the scheduler; called over py4j, answers in JSON. */
final class Troubles(context: JavaSparkContext) {
  private val sc: SparkContext = context.sc
  private val mapper = new ObjectMapper().registerModule(DefaultScalaModule)

  private val scenarios: Map[String, () => Map[String, Any]] = Map(
    "fight" -> (() => fight()))

  def play(scenario: String): String = mapper.writeValueAsString(scenarios(scenario)())

  private def in(world: World)(act: World => Map[String, Any]): Map[String, Any] =
    try act(world) finally world.close()

  /** A low task computes for 5 s what all high tasks wait for, of which another comes every 50 ms;
   *  its executor rescues it 20 ms after each suspension while a high one runs. */
  private def fight(): Map[String, Any] = in(new World(sc, executors = 1, cores = 3)) { w =>
    val (others, holder, high) = (0, 1, 2 to 41)
    w.cluster.afterSuspended = (task, seq) => if (task.stageId == holder) {
      w.at(w.now + 0.02)(if (high.exists(w.running(_) > 0)) w.cluster.rescue(task, seq))
    }
    w.succeeded = stageId => if (stageId == holder) {
      w.at(w.now)(high.flatMap(w.live).foreach(w.cluster.finish))
    }
    w.submit(others, "low", tasks = 2, World.forEver)
    w.at(0.5)(w.submit(holder, "low", tasks = 1, 5.0))
    high.foreach { stageId =>
      val seconds = () => if (w.endOf(holder).isDefined) 0.01 else World.forEver
      w.at(1.0 + 0.05 * stageId)(w.submit(stageId, "high", tasks = 1, seconds()))
    }
    w.run(100.0)
    Map(
      "suspensions" -> w.cluster.suspensionsOf(holder),
      "others" -> w.cluster.suspensionsOf(others),
      "high_ended" -> high.count(w.endOf(_).isDefined),
      "ended_s" -> w.endOf(holder),
      "left" -> w.statistic("tasks_suspended"))
  }
}
