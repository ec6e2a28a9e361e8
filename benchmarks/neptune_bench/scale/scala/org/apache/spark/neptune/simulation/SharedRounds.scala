package org.apache.spark.neptune.simulation

import org.apache.spark.SparkContext

/** Times offer rounds where many share the cores of one priority: each party has as many tasks
 *  running as its share, and more pending; in every cycle one more comes, and goes.
 *
 * @param order that of the priority: `fair`, `feedback`, or `spark`, which shares nothing
 * @param warm cycles that do not count
 */
private[simulation] final class SharedRounds(
    sc: SparkContext, executors: Int, cores: Int, parties: Int, order: String, cycles: Int,
    warm: Int)
  extends RoundsInTurns[SharedRounds.World](executors, cycles, warm) {
  import SharedRounds._

  /** Tasks that each party runs, and that come with a new one. */
  private val each = executors * cores / parties
  private val burst = math.max(1, math.min(64, executors * cores / 8))
  private val newcomers = math.max(1, each / 2)
  private val sets = new TaskSetMaker(sc)
  private val own = settings(order)
  sc.conf.setAll(own)
  protected val stock: World = world(neptune = false)
  protected val neptune: World = world(neptune = true)
  own.keys.foreach(sc.conf.remove)

  def run(): Map[String, Any] =
    try Map("burst" -> burst, "rounds_us" -> roundsUs()) finally sets.close()

  private def world(neptune: Boolean): World = {
    val launches = (cycles + warm + 1) * (burst + newcomers + 2 * singlesPerCycle)
    new World(sc, executors, cores, neptune, sets, parties, launches, newcomers)
  }

  protected def oneCycle(number: Int): Unit = {
    val kind = s"$order, $parties parties"
    both(s"$kind: full, nothing free")(_.timedAll())
    // A quantum was over: who was suspended in that round has stopped long before the next one.
    Seq(stock, neptune).foreach(_.exchange())
    someSingles { executor =>
      both(s"$kind: one executor, launches 1")(world => world.timedOne(world.endOne(executor)))
    }
    val freed = Seq.tabulate(burst)(at)
    both(s"$kind: full, launches $burst") { world =>
      freed.foreach(world.endOne)
      world.timedAll()
    }
    both(s"$kind: full, one more comes") { world =>
      world.submitNew(number)
      world.timedAll()
    }
    someSingles { executor =>
      both(s"$kind: one executor, one more waits")(world => world.timedOne(world.endOne(executor)))
    }
    Seq(stock, neptune).foreach(_.letNewRun())
    Seq(stock, neptune).foreach(_.settle())
  }
}

private[simulation] object SharedRounds {
  /** FAIR's pools are the parties of `fair`; those of `feedback` are jobs, as FIFO orders them. */
  private def settings(order: String): Map[String, String] = Map(
    "spark.neptune.order" -> order,
    "spark.scheduler.mode" -> (if (order == "feedback") "FIFO" else "FAIR"),
    // After hours of virtual time, nobody is to be resumed on a core too many.
    "spark.neptune.maxSuspendedTime" -> "1000d")

  /** @param launches how many tasks are to be launched beside the first ones, at most */
  final class World(
      sc: SparkContext, executors: Int, cores: Int, neptune: Boolean, sets: TaskSetMaker,
      parties: Int, launches: Int, newcomers: Int)
    extends TimedWorld(sc, executors, cores, neptune) {
    private val each = executors * cores / parties

    /** In FIFO order Spark gives all that comes free to the first. */
    def fill(): Unit = {
      (0 until parties).foreach { party =>
        val pending = if (party == 0) launches else each + 2 * launches / parties
        // One after the other, so that in FIFO order, too, each has its part.
        submit(party, job = party + 1, pool = party, each)
        cluster.offerAll()
        submit(parties + party, job = party + 1, pool = party, pending)
      }
      cluster.offerAll()
      longPasses()
    }

    /** A task ends that is not a newcomer's; returns where. */
    def endOne(executor: Int): Int = endSome(executor)(!isNew(_))

    /** In FIFO order it comes before all others. */
    def submitNew(number: Int): Unit =
      submit(2 * parties + number, job = -number, pool = -1 - number, newcomers)

    /** They get cores, by suspension or by the ends of others, and end. */
    def letNewRun(): Unit = {
      answersCome()
      (1 to newcomers).foreach(endOne)
      exchange()
    }

    /** Those that have been asked to suspend do so, and others take their cores. */
    def exchange(): Unit = {
      answersCome()
      (1 to 2).foreach { _ =>
        cluster.offerAll()
        answersCome()
      }
    }

    def settle(): Unit = settle(isNew(_))

    private def isNew(task: FakeTask): Boolean = task.stageId >= 2 * parties

    private def submit(stageId: Int, job: Int, pool: Int, tasks: Int): Unit =
      scheduler.submitTasks(sets.make(
        stageId, job, "normal", IndexedSeq.fill(tasks)(None), pool = Some(s"p$pool")))
  }
}
