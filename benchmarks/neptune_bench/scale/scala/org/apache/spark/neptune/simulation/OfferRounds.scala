package org.apache.spark.neptune.simulation

import org.apache.spark.SparkContext

/** Times offer rounds where all cores are taken by tasks of low priority, of which more are
 *  pending.
 *
 * @param warm cycles that do not count
 */
private[simulation] final class OfferRounds(
    sc: SparkContext, executors: Int, cores: Int, cycles: Int, warm: Int)
  extends RoundsInTurns[OfferRounds.World](executors, cycles, warm) {
  import OfferRounds._

  /** How many high tasks come at once. */
  private val burst = math.max(1, math.min(64, executors * cores / 8))
  private val sets = new TaskSetMaker(sc)
  protected val stock: World = world(neptune = false)
  protected val neptune: World = world(neptune = true)

  def run(): Map[String, Any] =
    try Map("burst" -> burst, "rounds_us" -> roundsUs()) finally sets.close()

  private def world(neptune: Boolean): World = {
    val backlog = (cycles + warm + 1) * (2 * burst + 5 * singlesPerCycle)
    new World(sc, executors, cores, neptune, sets, backlog)
  }

  protected def oneCycle(number: Int): Unit = {
    both("full, nothing free")(_.timedAll())
    someSingles { executor =>
      both("one executor, launches 1")(world => world.timedOne(world.endLow(executor)))
    }
    val freed = Seq.tabulate(burst)(at)
    both(s"full, launches $burst") { world =>
      freed.foreach(world.endLow)
      world.timedAll()
    }
    both(s"full, $burst high pending") { world =>
      world.submitHigh(2 * number + 1, burst)
      world.timedAll()
    }
    someSingles { executor =>
      both("one executor, high pending")(world => world.timedOne(world.endLow(executor)))
    }
    Seq(stock, neptune).foreach(world => world.letHighRun(Seq.tabulate(burst)(i => at(i + 1))))
    both("full, cores lent")(_.timedAll())
    someSingles { executor =>
      both("one executor, cores lent")(world => world.timedOne(world.endLow(executor)))
    }
    Seq(stock, neptune).foreach(_.submitHigh(2 * number + 2, singlesPerCycle))
    (1 to singlesPerCycle).foreach { _ =>
      both("one executor, cores lent, high pending")(world => world.timedOne(world.endHigh()))
    }
    (1 to singlesPerCycle).foreach { _ =>
      both("one executor, comes back")(world => world.timedOne(world.endHigh()))
    }
    Seq(stock, neptune).foreach(_.settle())
  }
}

private[simulation] object OfferRounds {
  private val lowStage = 0

  final class World(
      sc: SparkContext, executors: Int, cores: Int, neptune: Boolean, sets: TaskSetMaker,
      backlog: Int)
    extends TimedWorld(sc, executors, cores, neptune) {

    def fill(): Unit = {
      scheduler.submitTasks(sets.make(
        lowStage, order = 1, "low", IndexedSeq.fill(executors * cores + backlog)(None)))
      cluster.offerAll()
      longPasses()
    }

    /** A low task ends on the executor, or on the next that runs one and has lent nothing; returns
     *  where. */
    def endLow(executor: Int): Int = endSome(executor)(_.stageId == lowStage)

    def submitHigh(stageId: Int, tasks: Int): Unit = scheduler.submitTasks(
      sets.make(stageId, order = 0, "high", IndexedSeq.fill(tasks)(None)))

    /** Cores are found for what is pending: by suspension, or, on stock Spark, by the ends of tasks
     *  on these executors. */
    def letHighRun(there: Seq[Int]): Unit = {
      if (neptune) answersCome() else there.foreach(endLow)
      cluster.offerAll()
      answersCome()
    }

    /** A high task ends; returns where. */
    def endHigh(): Int = end(cluster.live.iterator.filter(_.stageId != lowStage).next())

    /** All high tasks end, and low ones take all cores again. */
    def settle(): Unit = settle(_.stageId != lowStage)
  }
}
