package org.apache.spark.neptune.simulation

import java.util.concurrent.TimeUnit

import scala.collection.mutable
import scala.util.Random

import org.apache.spark.SparkContext
import org.apache.spark.neptune.driver.SimulatedScheduler
import org.apache.spark.scheduler.TaskDescription

/** One run of a workload, in virtual time, from an empty cluster to an empty cluster.
 *
 * @param stopNs when to give up (or, without `drains`, when to stop)
 * @param drains whether all jobs are to end
 */
private[simulation] final class Simulation(
    sc: SparkContext, workload: Workload, stopNs: Long, drains: Boolean) {
  import Simulation._

  private val time = new VirtualTime
  private val decisions = mutable.ArrayBuffer.empty[Seq[Double]]
  private val memory = new SimulatedMemory(workload)
  private val cluster = new Cluster(
    sc, workload.executors, workload.cores, time, workload.answerUs * 1000, durationNs,
    workload.executorsPerHost) {
    override protected def began(task: FakeTask, description: TaskDescription): Unit =
      memory.take(
        task, stageOf(task.stageId).memoryMb(description.index), stages(task.stageId).job.priority)
    override protected def left(task: FakeTask): Unit = memory.release(task)
  }
  private val scheduler = new SimulatedScheduler(sc, time, time, (ns, pending) =>
    decisions += Seq(pending.toDouble, ns / 1e3))
  private val sets = new TaskSetMaker(sc)
  private val stages = mutable.HashMap.empty[Int, RunningStage]
  private val jobMs = mutable.LinkedHashMap.empty[Int, Double]
  private var stageIds = 0
  private var jobsLeft = workload.jobs.length
  private val balance = new Balance(cluster)
  /** Tasks that ran where their blocks are not cached. */
  private var remote = 0
  /** How many cores the tasks of each pool held, each time when the balance was looked at. */
  private val held = mutable.ArrayBuffer.empty[Map[String, Int]]

  def run(): Map[String, Any] = {
    val began = System.nanoTime()
    // TaskSchedulerImpl shuffles offers by this one generator (Spark 4.x).
    Random.setSeed(workload.seed)
    cluster.connect(scheduler)
    val dag = new FakeDag(sc, scheduler, time, taskSucceeded)
    try {
      workload.jobs.foreach(job => time.afterNs(job.arrivalUs * 1000)(submit(job, 0)))
      every(reviveNs)(() => cluster.offerAll())
      every(workload.sampleUs * 1000) { () =>
        if (time.nanoTime() <= workload.durationUs * 1000) {
          balance.sample()
          if (pooled) held += heldByPool
        }
      }
      if (workload.memoryMb > 0) every(tellNs)(() => tellMemory())
      val ended = time.run(stopNs)(jobsLeft == 0)
      if (drains) {
        if (!ended) fail(s"$jobsLeft jobs had not ended after ${stopNs / 1e9} s")
        time.run(time.nanoTime() + settleNs)(false)
        if (!cluster.isEmpty) fail("tasks were left when all jobs had ended")
      }
      report(System.nanoTime() - began)
    } finally {
      dag.stop()
      sets.close()
    }
  }

  private def report(realNs: Long): Map[String, Any] = Map(
    "job_ms" -> jobMs.map { case (id, ms) => id.toString -> ms },
    "suspensions" -> cluster.suspensions,
    "kills" -> cluster.kills,
    "wasted_task_s" -> cluster.wastedNs / 1e9,
    "oversubscribed" -> cluster.oversubscribed,
    "spilled_mb" -> memory.spilledMb,
    "remote" -> remote,
    "running_cv" -> balance.runningCv,
    "live_cv" -> balance.liveCv,
    // Pending tasks, and real microseconds.
    "decisions" -> decisions,
    "held" -> held,
    "virtual_s" -> time.nanoTime() / 1e9,
    "real_s" -> realNs / 1e9,
    "statistics" -> statistics)

  private def pooled: Boolean = workload.jobs.headOption.exists(_.pool.isDefined)

  private def heldByPool: Map[String, Int] = cluster.live.iterator.filter(_.runs)
    .flatMap(task => stages(task.stageId).job.pool).toSeq
    .groupBy(identity).map { case (pool, its) => pool -> its.size }

  private def statistics: String = scheduler.neptune().statistics()

  private def every(ns: Long)(act: () => Unit): Unit = time.afterNs(ns) {
    act()
    if (jobsLeft > 0) every(ns)(act)
  }

  private def submit(job: Job, number: Int): Unit = {
    val stage = job.stages(number)
    val id = stageIds
    stageIds += 1
    stages(id) = new RunningStage(job, number, stage.durationsUs.length)
    val cachedOn = stage.cachedOn.toIndexedSeq.map(i => if (i >= 0) Some(cluster.all(i)) else None)
    scheduler.submitTasks(sets.make(id, job.id, job.priority, cachedOn, pool = job.pool))
  }

  private def durationNs(stageId: Int, index: Int, executor: FakeExecutor): Long = {
    val stage = stageOf(stageId)
    val cached = stage.cachedOn(index)
    val isRemote = cached >= 0 && cached != executor.index
    if (isRemote) remote += 1
    val factor = if (isRemote) workload.remoteFactor else 1.0
    val slowdown = memory.slowdown(executor, stage.memoryMb(index))
    (stage.durationsUs(index) * 1000 * factor * slowdown).toLong
  }

  private def stageOf(stageId: Int): Stage = {
    val running = stages(stageId)
    running.job.stages(running.number)
  }

  private def tellMemory(): Unit = {
    val atMs = TimeUnit.NANOSECONDS.toMillis(time.nanoTime())
    cluster.all.foreach(e => scheduler.told(e.id, memory.figures(e, atMs)))
  }

  private def taskSucceeded(stageId: Int): Unit = {
    val stage = stages(stageId)
    stage.tasksLeft -= 1
    // Not at once: the scheduler is still busy with the end of the task.
    if (stage.tasksLeft == 0) time.afterNs(0L)(stageEnded(stage.job, stage.number))
  }

  private def stageEnded(job: Job, number: Int): Unit =
    if (number + 1 < job.stages.length) submit(job, number + 1)
    else {
      jobMs(job.id) = (time.nanoTime() / 1e3 - job.arrivalUs) / 1e3
      jobsLeft -= 1
    }

  private def fail(problem: String): Nothing =
    throw new IllegalStateException(s"The simulation is wrong: $problem.")
}

private object Simulation {
  /** How often Spark's backends offer everything (spark.scheduler.revive.interval). */
  private val reviveNs = TimeUnit.SECONDS.toNanos(1)
  /** How often executors tell of their memory (spark.neptune.metricsInterval). */
  private val tellNs = TimeUnit.SECONDS.toNanos(2)
  /** What was asked of executors last must be answered by then. */
  private val settleNs = TimeUnit.SECONDS.toNanos(2)

  private final class RunningStage(val job: Job, val number: Int, var tasksLeft: Int)
}

/** How evenly tasks are spread: the mean, over time, of the coefficient of variation. */
private final class Balance(cluster: Cluster) {
  private var samples = 0
  private var runningSum = 0.0
  private var liveSum = 0.0

  def sample(): Unit = {
    samples += 1
    runningSum += variation(_.running)
    liveSum += variation(e => e.running + e.suspended)
  }

  def runningCv: Double = runningSum / math.max(1, samples)
  def liveCv: Double = liveSum / math.max(1, samples)

  private def variation(count: FakeExecutor => Int): Double = {
    val n = cluster.all.size.toDouble
    val mean = cluster.all.iterator.map(count(_).toDouble).sum / n
    val squares = cluster.all.iterator.map(e => math.pow(count(e) - mean, 2)).sum
    if (mean == 0.0) 0.0 else math.sqrt(squares / n) / mean
  }
}
