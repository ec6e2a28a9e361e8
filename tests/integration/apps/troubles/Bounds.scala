package org.apache.spark.neptune.simulation

import scala.collection.mutable

import neptune.core.Nanocores

import org.apache.spark.SparkContext
import org.apache.spark.neptune.compat.SparkLine
import org.apache.spark.neptune.rpc.{ExecutorFigures, TaskMemory}
import org.apache.spark.resource.ResourceProfile
import org.apache.spark.scheduler.neptune.Rigging

/** What is bounded: what is kept, how long a task is held up, what suspended ones hold. */
private[simulation] final class Bounds(sc: SparkContext) {

  /** High jobs come for five minutes, one a second. */
  def timers(): Map[String, Any] = World.in(new World(sc, executors = 1, cores = 2)) { w =>
    w.submit(0, "low", tasks = 2, World.forEver)
    (1 to 300).foreach(stageId => w.at(stageId)(w.submit(stageId, "high", tasks = 1, 0.2)))
    w.run(310.0)
    Map("most" -> w.timer.most, "high_ended" -> w.ends.size)
  }

  /** Whatever looks for victims raises, in rounds in which tasks are launched, too. */
  def raises(): Map[String, Any] = World.in(new World(sc, executors = 1, cores = 4)) { w =>
    w.whenDecided = () => throw new IllegalStateException("on purpose")
    w.submit(0, "low", tasks = 2, World.forEver)
    w.at(1.0)(w.submit(1, "high", tasks = 6, 1.0))
    w.run(10.0)
    Map("high_ended" -> w.ends.count(_._1 == 1), "oversubscribed" -> w.cluster.oversubscribed)
  }

  /** Eight low tasks are suspended for eight high ones that never end. */
  def overdue(): Map[String, Any] = World.in(new World(
    sc, executors = 1, cores = 8, Map("spark.neptune.maxSuspendedTime" -> "10s"))) { w =>
    var most = 0
    w.submit(0, "low", tasks = 8, 20.0)
    w.at(1.0)(w.submit(1, "high", tasks = 8, World.forEver))
    w.run(9.0)
    val before = w.running(0)
    (100 to 1300).foreach(tenth => w.at(tenth / 10.0) {
      most = math.max(most, w.cluster.all.head.running)
    })
    w.run(130.0)
    Map("before" -> before, "most" -> most, "low_ended" -> w.ends.count(_._1 == 0))
  }

  /** A low task has been suspended for as long as it may be, and high ones go on coming. */
  def madeGood(): Map[String, Any] = World.in(new World(
    sc, executors = 1, cores = 1, Map("spark.neptune.maxSuspendedTime" -> "5s"))) { w =>
    w.submit(0, "low", tasks = 1, World.forEver)
    w.at(1.0)(w.submit(1, "high", tasks = 1, 6.0))
    // It has run for two seconds since.
    w.at(8.0)(w.submit(2, "high", tasks = 1, 1.0))
    w.run(40.0)
    Map("ended_s" -> Seq(1, 2).map(w.endOf), "suspensions" -> w.cluster.suspensionsOf(0))
  }

  /** One of two low tasks is rescued as soon as it is suspended for a high one, which then goes on
   *  for long, and nobody else comes. */
  def crowded(): Map[String, Any] = World.in(new World(sc, executors = 1, cores = 2)) { w =>
    val runningAt = mutable.ArrayBuffer.empty[Int]
    var toRescue = true
    w.cluster.afterSuspended = (task, seq) => if (toRescue) {
      toRescue = false
      w.at(w.now + 0.02)(w.cluster.rescue(task, seq))
    }
    w.submit(0, "low", tasks = 2, World.forEver)
    w.at(1.0)(w.submit(1, "high", tasks = 1, 30.0))
    Seq(1.5, 3.0, 30.0, 35.0).foreach(w.at(_)(runningAt += w.running(0)))
    w.run(40.0)
    Map("running" -> runningAt, "suspensions" -> w.cluster.suspensionsOf(0),
      "high_ended_s" -> w.endOf(1))
  }

  /** Two low tasks share a core when a high one takes it for good; then the one that ran ends. */
  def shared(): Map[String, Any] = World.in(new World(sc, executors = 1, cores = 1, Map(
    "spark.neptune.order" -> "fair", "spark.neptune.maxSuspendedTime" -> "10s"))) { w =>
    Seq(0, 1).foreach(stage => w.submit(stage, "low", tasks = 1, World.forEver,
      pool = Some(s"pool $stage")))
    var running = Seq.empty[Int]
    w.at(6.5) {
      running = Seq(0, 1).filter(w.running(_) > 0)
      w.submit(2, "high", tasks = 1, World.forEver)
    }
    w.at(7.5)(running.flatMap(w.live(_)).foreach(w.cluster.finish))
    val seen = Seq(10.0, 20.0, 25.0).map { second =>
      w.run(second)
      Seq(0, 1).map(w.running).sum
    }
    Map("before" -> running.size, "running" -> seen)
  }

  /** Three low tasks share two executors of a core when a high one takes that of the two for good,
   *  of which then the one that ran ends. */
  def sharedElsewhere(): Map[String, Any] = World.in(new World(sc, executors = 2, cores = 1, Map(
    "spark.neptune.order" -> "fair", "spark.neptune.maxSuspendedTime" -> "10s"))) { w =>
    val stages = 0 to 2
    stages.foreach(stage => w.submit(stage, "low", tasks = 1, World.forEver,
      pool = Some(s"pool $stage")))
    val other = Rigging.profile(sc, executorCores = 1)
    var ran = Seq.empty[FakeTask]
    w.at(6.5) {
      val (both, alone) = w.cluster.all.partition(_.tasks.size == 2)
      ran = both.flatMap(_.tasks.values).filter(_.runs)
      // The high task has no choice.
      w.cluster.offering = (executor, offer) =>
        if (alone.contains(executor)) offer.copy(resourceProfileId = other) else offer
      w.submit(stages.size, "high", tasks = 1, World.forEver)
    }
    w.at(7.5)(ran.foreach(w.cluster.finish))
    val seen = Seq(10.0, 20.0).map { second =>
      w.run(second)
      stages.map(w.running).sum
    }
    Map("before" -> ran.size, "running" -> seen, "high" -> w.running(stages.size))
  }

  /** Five pools share eight cores on four executors, and take turns; each has more tasks than
   *  cores. */
  def started(): Map[String, Any] = World.in(new World(
    sc, executors = 4, cores = 2, Map("spark.neptune.order" -> "fair"))) { w =>
    val stages = 0 until 5
    stages.foreach(stage => w.submit(stage, "low", tasks = 50, World.forEver,
      pool = Some(s"pool $stage")))
    w.run(300.0)
    Map("running" -> stages.map(w.running).sum, "started" -> stages.map(w.live(_).size).sum,
      "suspensions" -> stages.map(w.cluster.suspensionsOf(_)).sum)
  }

  /** Three pools share two executors of two cores; the tasks of one need both cores of theirs. */
  def sizes(): Map[String, Any] = World.in(new World(
    sc, executors = 2, cores = 2, Map("spark.neptune.order" -> "fair"))) { w =>
    val stages = 0 until 3
    def coresOf(stageId: Int): Int = if (stageId == 0) 2 else 1
    val large = Rigging.taskProfile(sc, "cpus" -> 2.0)
    w.cluster.offering = (executor, offer) => {
      val free = executor.cores - executor.tasks.values.map(task => coresOf(task.stageId)).sum
      SparkLine.withNanocores(offer, free * Nanocores.PerCore)
    }
    stages.foreach(stage => w.submit(stage, "low", tasks = 20, World.forEver,
      if (stage == 0) large else ResourceProfile.DEFAULT_RESOURCE_PROFILE_ID,
      pool = Some(s"pool $stage")))
    val had = mutable.ArrayBuffer.empty[Seq[Int]]
    (20 to 300).foreach(second => w.at(second)(
      had += stages.map(stage => w.running(stage) * coresOf(stage))))
    w.run(301.0)
    Map("cores" -> stages.map(stage => had.map(_(stage)).sum.toDouble / had.size),
      "started" -> stages.map(w.live(_).size))
  }

  /** Each of two low tasks holds more than half of the heap when high ones come. */
  def filled(): Map[String, Any] = World.in(new World(sc, executors = 1, cores = 2)) { w =>
    w.submit(0, "low", tasks = 2, World.forEver)
    w.at(0.5)(w.scheduler.told("0", ExecutorFigures(
      atMs = 1, heapUsedBytes = 120, heapMaxBytes = 100, gcMs = 0, spilledBytes = 0,
      machineBytes = 1000, managedBytes = 100, Nil,
      w.live(0).map(task => TaskMemory(task.taskId, 60, false)))))
    w.at(1.0)(w.submit(1, "high", tasks = 1, 10.0))
    w.at(3.0)(w.submit(2, "high", tasks = 1, 1.0))
    w.run(20.0)
    Map("ended_s" -> Seq(1, 2).map(w.endOf), "suspensions" -> w.cluster.suspensionsOf(0))
  }

  /** A low task is suspended at 1 s, and looked at 4 s later. */
  def told(): Map[String, Any] = World.in(new World(sc, executors = 1, cores = 1)) { w =>
    w.submit(0, "low", tasks = 1, World.forEver)
    w.at(1.0)(w.submit(1, "high", tasks = 1, 10.0))
    w.run(5.0)
    Map("suspended_s" -> w.secondsSuspended(w.live(0).head.taskId))
  }
}
