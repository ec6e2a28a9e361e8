package org.apache.spark.neptune.driver.inversion

import java.util.Properties
import java.util.concurrent.ConcurrentHashMap
import java.util.concurrent.atomic.AtomicBoolean

import scala.jdk.CollectionConverters._
import scala.util.control.NonFatal

import neptune.time.Timer

import org.apache.spark.internal.Logging
import org.apache.spark.neptune.driver.priorities.{JobPriorities, StagePriorities}

/** Sees to it that no thread of the driver waits for what a job of lower priority keeps from it.
 *
 * While jobs of several priorities live, it looks again and again at what threads need that would
 * submit jobs of a higher priority than some that live, and has the jobs raised that they need.
 * What is seen at two looks in a row is taken for such a wait. A job stays raised while it lives,
 * also if the thread waits for it no more.
 *
 * THREADING: `started` and `ended` are called by the listener bus; all else runs on the timer's
 * thread.
 *
 * @param needs what threads need of the live jobs
 * @param everyMs from one look to the next; 0: there are none
 * @param timer its own, since a look takes its time
 */
private[driver] final class DriverGuard(
    stages: StagePriorities, needs: Needs, everyMs: Long, timer: Timer) extends Logging {

  private val live = new ConcurrentHashMap[Int, Properties]
  private val watching = new AtomicBoolean(false)
  /** Queries for which others wait, and the highest priority of these: their next jobs have it. */
  @volatile private var awaited = Map.empty[Long, Int]
  /** What each thread waited for at the last look. */
  private var waited = Map.empty[Long, Needed]

  def started(jobId: Int, local: Properties): Unit = if (everyMs > 0 && local != null) {
    live.put(jobId, local)
    for (query <- JobPriorities.executionOf(local); priority <- awaited.get(query)) {
      stages.raise(jobId, priority)
    }
    watch()
  }

  def ended(jobId: Int): Unit = live.remove(jobId)

  def stop(): Unit = timer.stop()

  private def watch(): Unit =
    if (stages.differ && watching.compareAndSet(false, true)) lookLater()

  private def lookLater(): Unit = timer.afterMs(everyMs)(look())

  private def look(): Unit =
    if (stages.differ) {
      try help()
      catch {
        case NonFatal(e) => logWarning("Neptune: a check of the driver's threads failed", e)
      } finally lookLater()
    } else {
      awaited = Map.empty
      waited = Map.empty
      watching.set(false)
      // A job that came since would not have been watched.
      watch()
    }

  private def help(): Unit = {
    val jobs = liveJobs()
    val now = needs.of(jobs)
    val again = now.map { case (thread, what) =>
      thread -> waited.get(thread).fold(Needed.nothing)(what.asBefore)
    }
    waited = now
    awaited = again.values.flatMap(what => what.queries.map(_ -> what.priority))
      .groupBy(_._1).map { case (query, all) => query -> all.map(_._2).max }
    again.values.foreach(what => jobs.filter(what.includes).foreach(raise(_, what.priority)))
  }

  private def raise(job: LiveJob, priority: Int): Unit = if (job.priority < priority) {
    logInfo(s"Neptune: job ${job.id} has the priority $priority of a thread that waits for it")
    stages.raise(job.id, priority)
  }

  private def liveJobs(): Seq[LiveJob] = {
    val jobs = live.asScala.toList
      .map { case (id, local) => id -> stages.ofJob(id).map(LiveJob(id, _, local)) }
    // The word that they ended may have been lost.
    jobs.collect { case (id, None) => id }.foreach(live.remove(_))
    jobs.flatMap(_._2)
  }
}

private[driver] object DriverGuard {
  /** Threads of the driver are many, and queries take their time: it looks less often than
   *  executors do at their tasks. */
  def everyMs(rescueIntervalMs: Long): Long =
    if (rescueIntervalMs == 0) 0L else math.max(rescueIntervalMs, 100L)
}
