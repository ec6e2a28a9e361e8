package org.apache.spark.neptune.simulation

import org.apache.spark.SparkContext
import org.apache.spark.neptune.driver.scheduler.SchedulerView
import org.apache.spark.scheduler.neptune.Rigging

/** Who gets a core that several wait for, within what is due to them, and within limits. */
private[simulation] final class Shares(sc: SparkContext) {

  private def limit(view: SchedulerView, pool: String, maxTasks: String): Unit =
    view.setLimit("pool", pool, "", maxTasks)

  /** A task each of two pools is held by limits, and a third pool has their cores. Then the limits
   *  are raised, and the first pool gets elsewhere what is due to it. */
  def servedElsewhere(): Map[String, Any] = World.in(new World(sc, executors = 6, cores = 1, Map(
    "spark.neptune.order" -> "fair", "spark.neptune.order.quantum" -> "1000s"))) { w =>
    val (first, second, ends, third, more) = (0, 1, 2, 3, 4)
    def submit(stageId: Int, tasks: Int, pool: Int): Unit =
      w.submit(stageId, "low", tasks, World.forEver, pool = Some(s"pool $pool"))
    def limitBoth(maxTasks: String): Unit =
      Seq(first, second).foreach(p => limit(w.scheduler.neptune(), s"pool $p", maxTasks))
    Seq(first, second).foreach(pool => submit(pool, 2, pool))
    submit(ends, 1, ends)
    w.at(1.0)(limitBoth("1"))
    w.at(2.0)(submit(third, 4, third))
    w.run(2.5)
    val before = Seq(first, second, ends, third).map(w.running)
    w.at(3.0) {
      limitBoth("")
      w.live(ends).foreach(w.cluster.finish)
      submit(more, 1, first)
    }
    w.run(4.0)
    Map("before" -> before, "running" -> Seq(first, second, third, more).map(w.running))
  }

  /** A high task waits for a core whose task is long in suspending, when the one of another
   *  executor, which it can't use, comes free for the low task that has lent it. */
  def idleElsewhere(): Map[String, Any] = World.in(new World(sc, executors = 2, cores = 1)) { w =>
    val (low, lowThere, high, highThere) = (0, 1, 2, 3)
    val there = Rigging.profile(sc, executorCores = 1)
    w.cluster.offering = (executor, offer) =>
      if (executor.index == 0) offer else offer.copy(resourceProfileId = there)
    w.cluster.isDeaf = _.stageId == low
    w.submit(low, "low", tasks = 1, World.forEver)
    w.submit(lowThere, "low", tasks = 1, World.forEver, there)
    w.at(1.0)(w.submit(highThere, "high", tasks = 1, 1.0, there))
    w.at(1.9)(w.submit(high, "high", tasks = 1, 1.0))
    val running = Seq(1.8, 2.2).map { second =>
      w.run(second)
      w.running(lowThere)
    }
    w.cluster.isDeaf = _ => false
    w.run(10.0)
    Map("running" -> running, "ended_s" -> Seq(highThere, high).map(w.endOf))
  }

  /** A low job of a pool with a limit comes before a high one of the same. */
  def limited(): Map[String, Any] = World.in(new World(sc, executors = 1, cores = 4, Map(
    "spark.neptune.order" -> "fair", "spark.neptune.pool.both.maxCores" -> "2"))) { w =>
    val (other, low, high) = (0, 1, 2)
    w.submit(other, "high", tasks = 10, World.forEver, pool = Some("other"))
    w.at(0.5)(w.submit(low, "low", tasks = 10, World.forEver, pool = Some("both")))
    w.at(1.0)(w.submit(high, "high", tasks = 10, World.forEver, pool = Some("both")))
    w.run(5.0)
    Map("running" -> Seq(other, low, high).map(w.running))
  }

  /** The last task of a pool takes too long, while another pool has tasks for all cores. */
  def copied(): Map[String, Any] = World.in(new World(
    sc, executors = 2, cores = 2,
    Map("spark.neptune.order" -> "fair", "spark.speculation" -> "true"))) { w =>
    val (backlog, slow) = (0, 1)
    var launches = 0
    def seconds: Double = {
      launches += 1
      if (launches == 1) World.forEver else 1.0
    }
    w.submit(backlog, "low", tasks = 1000, 1.0, pool = Some("backlog"))
    w.at(0.5)(w.submit(slow, "low", tasks = 4, seconds, pool = Some("slow")))
    (1 to 60).foreach(second => w.at(second + 0.3)(w.scheduler.checkSpeculatableTasks()))
    w.run(60.0)
    Map("ended" -> w.ends.count(_._1 == slow), "launched" -> launches,
      "beside" -> w.running(backlog), "suspensions" -> w.cluster.suspensionsOf(backlog))
  }

  /** A task over a limit holds the only GPU when another pool needs it, and the same pool. */
  def limitedGpu(): Map[String, Any] = World.in(new World(sc, executors = 1, cores = 2)) { w =>
    val (first, holder, same, other) = (0, 1, 2, 3)
    w.cluster.hasGpu()
    val gpu = Rigging.taskProfile(sc, "cpus" -> 1.0, "gpu" -> 1.0)
    w.submit(first, "low", tasks = 1, World.forEver, pool = Some("limited"))
    w.at(0.5)(w.submit(holder, "low", tasks = 1, 3.0, gpu, pool = Some("limited")))
    w.at(1.0)(limit(w.scheduler.neptune(), "limited", "1"))
    w.at(2.0)(w.submit(same, "low", tasks = 1, 1.0, gpu, pool = Some("limited")))
    w.run(10.0)
    val held = w.running(holder)
    w.submit(other, "low", tasks = 1, 1.0, gpu, pool = Some("other"))
    w.run(30.0)
    Map("held" -> held, "ended_s" -> Seq(holder, other).map(w.endOf),
      "left" -> Seq(first, same).map(w.running))
  }

  /** Two jobs of a pool with a limit, which the higher one reaches, wait for cores of different
   *  executors. */
  def limitReached(): Map[String, Any] = World.in(new World(
    sc, executors = 2, cores = 2, Map("spark.neptune.pool.both.maxCores" -> "2"))) { w =>
    val (normal, low, high, lower) = (0, 1, 2, 3)
    val there = Rigging.profile(sc, executorCores = 2)
    w.cluster.offering = (executor, offer) =>
      if (executor.index == 0) offer else offer.copy(resourceProfileId = there)
    w.submit(normal, "normal", tasks = 2, World.forEver)
    w.submit(low, "low", tasks = 2, World.forEver, there)
    w.at(1.0) {
      w.submit(high, "high", tasks = 2, 2.0, pool = Some("both"))
      w.submit(lower, "normal", tasks = 2, 1.0, there, pool = Some("both"))
    }
    w.run(2.0)
    val suspensions = Seq(normal, low).map(w.cluster.suspensionsOf)
    w.run(10.0)
    Map("suspensions" -> suspensions, "ended_s" -> Seq(high, lower).map(w.endOf))
  }
}
