package org.apache.spark.neptune.simulation

import com.fasterxml.jackson.databind.ObjectMapper
import com.fasterxml.jackson.module.scala.DefaultScalaModule

import neptune.core.Nanocores

import org.apache.spark.SparkContext
import org.apache.spark.api.java.JavaSparkContext
import org.apache.spark.neptune.compat.SparkLine
import org.apache.spark.scheduler.neptune.Rigging

/** What tests have happen to the scheduler; called over py4j, answers in JSON. */
final class Troubles(context: JavaSparkContext) {
  private val sc: SparkContext = context.sc
  private val mapper = new ObjectMapper().registerModule(DefaultScalaModule)

  private val bounds = new Bounds(sc)
  private val shares = new Shares(sc)
  private val scenarios: Map[String, () => Map[String, Any]] = Map(
    "fight" -> (() => fight()),
    "zombie" -> (() => zombie("suspend")),
    "zombie_killing" -> (() => zombie("kill")),
    "timers" -> (() => bounds.timers()),
    "raises" -> (() => bounds.raises()),
    "overdue" -> (() => bounds.overdue()),
    "made_good" -> (() => bounds.madeGood()),
    "crowded" -> (() => bounds.crowded()),
    "shared" -> (() => bounds.shared()),
    "shared_elsewhere" -> (() => bounds.sharedElsewhere()),
    "handed_over" -> (() => handedOver(handingOver)),
    "answered_first" -> (() => handedOver(Map.empty)),
    "handed_over_in_vain" -> (() => handedOverInVain()),
    "started" -> (() => bounds.started()),
    "sizes" -> (() => bounds.sizes()),
    "served_elsewhere" -> (() => shares.servedElsewhere()),
    "idle_elsewhere" -> (() => shares.idleElsewhere()),
    "limited" -> (() => shares.limited()),
    "limit_reached" -> (() => shares.limitReached()),
    "limited_gpu" -> (() => shares.limitedGpu()),
    "copied" -> (() => shares.copied()),
    "told" -> (() => bounds.told()),
    "filled" -> (() => bounds.filled()),
    "gpu_suspended" -> (() => gpuSuspended()),
    "gpu_running" -> (() => gpuRunning()),
    "too_large" -> (() => tooLarge()),
    "thirds" -> (() => thirds("0.333333333", 3)),
    "billionths" -> (() => thirds("0.000000001", 1)),
    "other_profile" -> (() => unusable { w =>
      val other = Rigging.profile(sc, executorCores = 1)
      w.cluster.offering = (executor, offer) =>
        if (executor.index == 0) offer else offer.copy(resourceProfileId = other)
    }),
    "excluded" -> (() => unusable { w =>
      w.at(0.5)(Rigging.exclude(
        w.scheduler, w.cluster.all.filter(_.tasks.isEmpty).map(e => e.id -> e.host)))
    }))

  private def handingOver: Map[String, String] = Map("spark.neptune.handOver" -> "true")

  def play(scenario: String): String = mapper.writeValueAsString(scenarios(scenario)())

  private def in(world: World)(act: World => Map[String, Any]): Map[String, Any] =
    World.in(world)(act)

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

  /** A low task was killed, and doesn't heed it; high ones have the other's core. */
  private def zombie(mode: String): Map[String, Any] = in(new World(
    sc, executors = 1, cores = 2, Map("spark.neptune.preemption" -> mode))) { w =>
    val (killed, other, high) = (0, 1, Seq(2, 3))
    w.cluster.isKilled = _.stageId == killed
    w.submit(other, "low", tasks = 1, World.forEver)
    // Launched last, it is the first victim.
    w.at(0.5)(w.submit(killed, "low", tasks = 1, World.forEver))
    w.at(2.0)(w.submit(high.head, "high", tasks = 1, 1.0))
    w.at(6.0)(w.submit(high.last, "high", tasks = 1, 1.0))
    w.run(10.0)
    Map("ended_s" -> high.map(w.endOf), "asked" -> w.cluster.askedOf(killed))
  }

  /** A low task that holds the only GPU is suspended for normal ones when a high one needs it. */
  private def gpuSuspended(): Map[String, Any] = in(new World(sc, executors = 1, cores = 2)) { w =>
    val (holder, other, normal, high) = (0, 1, 2, 3)
    w.cluster.hasGpu()
    val gpu = Rigging.taskProfile(sc, "cpus" -> 1.0, "gpu" -> 1.0)
    w.submit(holder, "low", tasks = 1, 3.0, gpu)
    w.submit(other, "low", tasks = 1, World.forEver)
    w.at(1.0)(w.submit(normal, "normal", tasks = 2, 20.0))
    w.at(2.0)(w.submit(high, "high", tasks = 1, 1.0, gpu))
    w.run(30.0)
    Map("ended_s" -> Seq(holder, high).map(w.endOf),
      "suspensions" -> Seq(holder, normal).map(w.cluster.suspensionsOf))
  }

  /** A low task holds the only GPU and runs when two high tasks come, one of which needs it. */
  private def gpuRunning(): Map[String, Any] = in(new World(sc, executors = 1, cores = 2)) { w =>
    val (other, holder, needs, high) = (0, 1, 2, 3)
    w.cluster.hasGpu()
    val gpu = Rigging.taskProfile(sc, "cpus" -> 1.0, "gpu" -> 1.0)
    w.submit(other, "low", tasks = 1, World.forEver)
    // Launched last, it would be the first victim.
    w.at(0.5)(w.submit(holder, "low", tasks = 1, 5.0, gpu))
    w.at(1.0)(w.submit(needs, "high", tasks = 1, 1.0, gpu))
    w.run(2.0)
    val before = w.cluster.suspensions
    w.at(3.0)(w.submit(high, "high", tasks = 1, 10.0))
    w.run(30.0)
    Map("ended_s" -> Seq(holder, needs, high).map(w.endOf), "before" -> before,
      "suspensions" -> Seq(other, holder).map(w.cluster.suspensionsOf))
  }

  /** Three jobs fail on one core, because their task is too large for a message; then a low task
   *  runs, and a high one comes. */
  private def tooLarge(): Map[String, Any] = in(new World(
    sc, executors = 1, cores = 1, Map("spark.rpc.message.maxSize" -> "1"))) { w =>
    val (low, high) = (10, 11)
    (1 to 3).foreach(stageId => w.at(0.5 * stageId)(
      w.submit(stageId, "low", tasks = 1, World.forEver, paddingBytes = 1 << 20)))
    w.run(2.0)
    val before = (w.statistic("tasks_running"), w.coresOf("0"))
    w.submit(low, "low", tasks = 1, World.forEver)
    w.at(3.0)(w.submit(high, "high", tasks = 1, 1.0))
    w.run(6.0)
    Map("failures" -> w.failures.size, "running" -> before._1, "cores" -> before._2,
      "ended_s" -> w.endOf(high), "suspensions" -> w.cluster.suspensions)
  }

  /** One core, low tasks that each hold so much of it, and high ones that need as much; Spark's
   *  backend counts in decimal fractions. */
  private def thirds(cpus: String, tasks: Int): Map[String, Any] =
    in(new World(sc, executors = 1, cores = 1)) { w =>
      val (low, high) = (0, 1)
      val profileId = Rigging.taskProfile(sc, "cpus" -> cpus.toDouble)
      w.cluster.offering = (executor, offer) => {
        val free = BigDecimal(executor.cores) - BigDecimal(cpus) * executor.tasks.size
        SparkLine.withNanocores(offer, (free * Nanocores.PerCore).toLong)
      }
      w.submit(low, "low", tasks, World.forEver, profileId)
      w.at(2.0)(w.submit(high, "high", tasks, 1.0, profileId))
      w.run(2.5)
      val during = (w.running(low), w.running(high))
      w.run(10.0)
      Map("during" -> Seq(during._1, during._2), "ended_s" -> w.endOf(high),
        "suspensions" -> w.cluster.suspensionsOf(low))
    }

  /** A high task comes when a low one has the one core that it may use, beside four idle ones.
   *
   * @param rig has it that tasks can't use them, at 0.5 s at the latest
   */
  private def unusable(rig: World => Unit): Map[String, Any] = {
    val excluding = Map("spark.excludeOnFailure.enabled" -> "true")
    in(new World(sc, executors = 5, cores = 1, excluding)) { w =>
      val (low, high) = (0, 1)
      rig(w)
      w.submit(low, "low", tasks = 1, World.forEver)
      w.at(2.0)(w.submit(high, "high", tasks = 1, 1.0))
      w.run(30.0)
      Map("ended_s" -> w.endOf(high), "suspensions" -> w.cluster.suspensionsOf(low))
    }
  }

  /** Low tasks hold all cores when high ones come. */
  private def handedOver(settings: Map[String, String]): Map[String, Any] =
    World.in(new World(sc, executors = 2, cores = 2, settings)) { w =>
      var early = 0
      w.cluster.beginning = (task, _) => if (task.executor.running == 2) early += 1
      w.submit(0, "low", tasks = 4, 5.0)
      w.at(1.0)(w.submit(1, "high", tasks = 3, 1.0))
      w.run(20.0)
      Map("early" -> early, "suspensions" -> w.cluster.suspensionsOf(0),
        "ended" -> Seq(0, 1).map(stageId => w.ends.count(_._1 == stageId)),
        "high_ended_s" -> w.endOf(1), "oversubscribed" -> w.cluster.oversubscribed)
    }

  /** The low task on whose core a high one was launched was killed, and takes long to end; the high
   *  one does not wait for that. */
  private def handedOverInVain(): Map[String, Any] =
    World.in(new World(sc, executors = 1, cores = 1, handingOver)) { w =>
      w.submit(0, "low", tasks = 1, 5.0)
      w.at(0.5)(w.cluster.isKilled = _.stageId == 0)
      w.at(1.0)(w.submit(1, "high", tasks = 1, 1.0))
      w.run(3.0)
      val beside = w.running(0)
      w.run(20.0)
      Map("beside" -> beside, "ended_s" -> Seq(0, 1).map(w.endOf),
        "cores" -> w.coresOf("0"), "running" -> w.cluster.live.size)
    }
}
