package org.apache.spark.neptune.simulation

import java.util.concurrent.TimeUnit

import scala.collection.mutable

import org.apache.spark.SparkContext
import org.apache.spark.neptune.driver.SimulatedScheduler
import org.apache.spark.scheduler.{TaskDescription, TaskSchedulerImpl}

/** Times offer rounds of Spark's scheduler and of Neptune's, in turns, over the same offers and
 *  task sets: all cores are taken by tasks of low priority, of which more are pending.
 *
 * A cycle leads both through the same moments, and back to where they were; what happens between
 * the rounds is not timed.
 *
 * @param warm cycles that do not count
 */
private[simulation] final class OfferRounds(
    sc: SparkContext, executors: Int, cores: Int, cycles: Int, warm: Int) {
  import OfferRounds._

  private val sets = new TaskSetMaker(sc)
  /** How many high tasks come at once. */
  private val burst = math.max(1, math.min(64, executors * cores / 8))
  private val stock = new World("stock", neptune = false)
  private val neptune = new World("neptune", neptune = true)
  private val samples =
    mutable.LinkedHashMap.empty[String, Map[String, mutable.ArrayBuffer[Double]]]
  private var cycle = 0
  private var singles = 0

  def run(): Map[String, Any] = {
    val worlds = Seq(stock, neptune)
    try {
      worlds.foreach(_.fill())
      while (cycle < warm + cycles) {
        oneCycle()
        cycle += 1
      }
      Map("burst" -> burst, "rounds_us" -> samples)
    } finally {
      worlds.foreach(_.close())
      sets.close()
    }
  }

  private def oneCycle(): Unit = {
    both("full, nothing free")(_.timedAll())
    someSingles { executor =>
      both("one executor, launches 1") { world =>
        world.endLow(executor)
        world.timedOne(executor)
      }
    }
    val freed = Seq.tabulate(burst)(at)
    both(s"full, launches $burst") { world =>
      freed.foreach(world.endLow)
      world.timedAll()
    }
    both(s"full, $burst high pending") { world =>
      world.submitHigh(1 + cycle)
      world.timedAll()
    }
    someSingles { executor =>
      both("one executor, high pending") { world =>
        world.endLow(executor)
        world.timedOne(executor)
      }
    }
    Seq(stock, neptune).foreach(_.letHighRun())
    both("full, cores lent")(_.timedAll())
    someSingles { executor =>
      both("one executor, cores lent") { world =>
        world.endLow(executor)
        world.timedOne(executor)
      }
    }
    (1 to singlesPerCycle).foreach { _ =>
      both("one executor, comes back") { world =>
        world.timedOne(world.endHigh())
      }
    }
    Seq(stock, neptune).foreach(_.settle())
  }

  /** Both worlds do the same, each first in every other cycle. */
  private def both(round: String)(act: World => Double): Unit = {
    val worlds = if (cycle % 2 == 0) Seq(stock, neptune) else Seq(neptune, stock)
    worlds.foreach { world =>
      val us = act(world)
      if (cycle >= warm) {
        samples.getOrElseUpdate(round, Map(
          "stock" -> mutable.ArrayBuffer.empty[Double],
          "neptune" -> mutable.ArrayBuffer.empty[Double]))(world.name) += us
      }
    }
  }

  private def someSingles(act: Int => Unit): Unit = (1 to singlesPerCycle).foreach { _ =>
    singles += 1
    act(at(singles))
  }

  /** Executors all over the cluster, another one for each number. */
  private def at(number: Int): Int = ((number.toLong * stride) % executors).toInt

  private final class World(val name: String, neptune: Boolean) {
    private val time = new VirtualTime
    private val cluster = new Cluster(sc, executors, cores, time, answerNs, (_, _, _) => forEverNs)
    private val scheduler: TaskSchedulerImpl =
      if (neptune) new SimulatedScheduler(sc, time, time, (_, _) => ())
      else new TaskSchedulerImpl(sc, maxTaskFailures = 4, isLocal = false, clock = time)
    private val dag = new FakeDag(sc, scheduler, time, _ => ())

    cluster.offersByItself = false
    scheduler match {
      case ours: SimulatedScheduler => cluster.connect(ours)
      case other => cluster.connect(other)
    }

    def fill(): Unit = {
      val backlog = (cycles + warm + 1) * (2 * burst + 5 * singlesPerCycle)
      scheduler.submitTasks(sets.make(
        lowStage, order = 1, "low", IndexedSeq.fill(executors * cores + backlog)(None)))
      cluster.offerAll()
      time.run(longNs)(false)
    }

    def timedAll(): Double = {
      val offers = cluster.offers
      timed(scheduler.resourceOffers(offers, isAllFreeResources = true))
    }

    def timedOne(executor: Int): Double = {
      val offers = IndexedSeq(cluster.offer(cluster.all(executor)))
      timed(scheduler.resourceOffers(offers, isAllFreeResources = false))
    }

    /** A low task ends on the executor, or on the next that runs one and has lent nothing. */
    def endLow(executor: Int): Unit = {
      val there = Iterator.tabulate(executors)(i => cluster.all((executor + i) % executors))
      there.filter(_.suspended == 0).flatMap(_.tasks.valuesIterator)
        .find(t => t.runs && t.stageId == lowStage).foreach(cluster.finish)
    }

    def submitHigh(stageId: Int): Unit = scheduler.submitTasks(
      sets.make(stageId, order = 0, "high", IndexedSeq.fill(burst)(None)))

    /** Cores are found for what is pending: by suspension, or, on stock Spark, by tasks' ends. */
    def letHighRun(): Unit = {
      if (neptune) settleTime() else (1 to burst).foreach(i => endLow(at(i)))
      cluster.offerAll()
      settleTime()
    }

    /** A high task ends; returns where. */
    def endHigh(): Int = {
      val task = high.next()
      cluster.finish(task)
      task.executor.index
    }

    /** All high tasks end, and low ones take all cores again. */
    def settle(): Unit = {
      high.toSeq.foreach(cluster.finish)
      (1 to 3).foreach { _ =>
        cluster.offerAll()
        settleTime()
      }
      // The low tasks are long ones: none should seem to be about to end.
      time.run(time.nanoTime() + longNs)(false)
      val idle = cluster.all.iterator.map(e => e.cores - e.running).sum
      require(idle == 0, s"$idle cores are idle on $name after a cycle.")
    }

    def close(): Unit = dag.stop()

    private def high: Iterator[FakeTask] = cluster.live.iterator.filter(_.stageId != lowStage)
    private def settleTime(): Unit = time.run(time.nanoTime() + 10 * answerNs)(false)

    private def timed(round: => Seq[Seq[TaskDescription]]): Double = {
      val began = System.nanoTime()
      val launched = round
      val ns = System.nanoTime() - began
      cluster.launch(launched)
      ns / 1e3
    }
  }
}

private object OfferRounds {
  private val lowStage = 0
  private val singlesPerCycle = 4
  private val stride = 7919L
  private val answerNs = TimeUnit.MICROSECONDS.toNanos(100)
  private val longNs = TimeUnit.MINUTES.toNanos(2)
  private val forEverNs = TimeUnit.DAYS.toNanos(1000)
}
