package org.apache.spark.neptune.simulation

import java.util.concurrent.TimeUnit

import org.apache.spark.SparkContext
import org.apache.spark.neptune.driver.SimulatedScheduler
import org.apache.spark.scheduler.{TaskDescription, TaskSchedulerImpl}

/** A cluster of fake executors under Spark's own scheduler or under Neptune's, by the settings of
 *  the context, whose offer rounds are timed in real time. Virtual time stands still meanwhile.
 */
private[simulation] abstract class TimedWorld(
    sc: SparkContext, executors: Int, cores: Int, neptune: Boolean) {
  import TimedWorld._

  protected val time = new VirtualTime
  protected val cluster =
    new Cluster(sc, executors, cores, time, answerNs, (_, _, _) => forEverNs)
  protected val scheduler: TaskSchedulerImpl =
    if (neptune) new SimulatedScheduler(sc, time, time, (_, _) => ())
    else new TaskSchedulerImpl(sc, maxTaskFailures = 4, isLocal = false, clock = time)
  private val dag = new FakeDag(sc, scheduler, time, _ => ())

  cluster.offersByItself = false
  scheduler match {
    case ours: SimulatedScheduler => cluster.connect(ours)
    case other => cluster.connect(other)
  }

  /** Real microseconds of a round over all executors, or over one. */
  def timedAll(): Double = {
    val offers = cluster.offers
    timed(scheduler.resourceOffers(offers, isAllFreeResources = true))
  }

  def timedOne(executor: Int): Double = {
    val offers = IndexedSeq(cluster.offer(cluster.all(executor)))
    timed(scheduler.resourceOffers(offers, isAllFreeResources = false))
  }

  /** All cores are taken. */
  def fill(): Unit

  def close(): Unit = dag.stop()

  /** Such a task ends on the executor, or on the next that runs one and has lent nothing, if there
   *  is any; returns where.
   */
  protected def endSome(executor: Int)(which: FakeTask => Boolean): Int = {
    def there = Iterator.tabulate(executors)(i => cluster.all((executor + i) % executors))
    def running(some: Iterator[FakeExecutor]): Option[FakeTask] =
      some.flatMap(_.tasks.valuesIterator).find(t => t.runs && which(t))
    end(running(there.filter(_.suspended == 0)).orElse(running(there)).get)
  }

  protected def end(task: FakeTask): Int = {
    cluster.finish(task)
    task.executor.index
  }

  /** All such tasks end, and the others take all cores again. */
  protected def settle(which: FakeTask => Boolean): Unit = {
    def idle: Int = cluster.all.iterator.map(e => e.cores - e.running).sum
    cluster.live.filter(which).toList.foreach(cluster.finish)
    // Whoever is suspended in one round makes room for others in the next.
    (1 to roundsAtMost).find { _ =>
      cluster.offerAll()
      answersCome()
      idle == 0
    }
    longPasses()
    require(idle == 0, s"$idle cores are idle after a cycle.")
  }

  /** All that executors were asked they do, and say so. */
  protected def answersCome(): Unit = time.run(time.nanoTime() + 10 * answerNs)(false)

  /** The tasks are long ones: none should seem to be about to end. What is due once in some seconds
   *  is done in a round that is not timed.
   */
  protected def longPasses(): Unit = {
    time.run(time.nanoTime() + longNs)(false)
    cluster.offerAll()
  }

  private def timed(round: => Seq[Seq[TaskDescription]]): Double = {
    val began = System.nanoTime()
    val launched = round
    val ns = System.nanoTime() - began
    cluster.launch(launched)
    ns / 1e3
  }
}

private object TimedWorld {
  private val roundsAtMost = 10
  private val answerNs = TimeUnit.MICROSECONDS.toNanos(100)
  private val longNs = TimeUnit.MINUTES.toNanos(2)
  private val forEverNs = TimeUnit.DAYS.toNanos(1000)
}
