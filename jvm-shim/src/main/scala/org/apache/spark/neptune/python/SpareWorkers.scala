package org.apache.spark.neptune.python

import java.util.concurrent.{Executors, TimeUnit}

import scala.collection.mutable
import scala.util.control.NonFatal

import neptune.time.{Clock, Timer}

import org.apache.spark.SparkEnv
import org.apache.spark.internal.Logging
import org.apache.spark.internal.config.Python.{PYTHON_USE_DAEMON, PYTHON_WORKER_REUSE}

/** Keeps some idle workers in Spark's pools, wherever others are at work.
 *
 * When the workers of a pool are all suspended in mid-task, a task that needs one would wait for a
 * fork, and for its imports: those of pandas take a second. A batch job takes the idle workers that
 * a stream has left, so that the stream would wait so just when the batch begins. Spares are kept
 * from the moment when tasks of two priorities have been seen: before, nobody is suspended.
 *
 * Leans on private fields of Spark's (WorkerPool); without them there are no spares, and nothing
 * else is lost.
 *
 * @param wanted idle workers of each pool
 * @param priorities of the Python tasks that run here
 */
private[neptune] final class SpareWorkers(
    wanted: Int, priorities: () => Iterable[Int], clock: Clock, timer: Timer)
  extends Logging {
  import SpareWorkers._

  /** A new worker takes some milliseconds, for which nobody else's timer must wait. */
  private val thread = Executors.newSingleThreadExecutor { (act: Runnable) =>
    val made = new Thread(act, "neptune-spare-workers")
    made.setDaemon(true)
    made
  }

  @volatile private var stopped = false
  @volatile private var seen = Set.empty[Int]
  private var touchedAtNs = clock.nanoTime()
  /** Pools that had too few at the last look. */
  private var lately = Set.empty[WorkerPool]
  /** In a row; a machine without free processes or memory is asked ever less often. */
  private var failures = 0

  /** A Python task of this priority begins. */
  def taskBegins(priority: Int): Unit = if (!seen(priority)) synchronized {
    seen += priority
    if (seen.size == 2) keep()
  }

  /** No worker is made any more when this returns, or the one on its way is not waited for. */
  def stop(): Unit = {
    stopped = true
    thread.shutdown()
    thread.awaitTermination(1L, TimeUnit.SECONDS)
  }

  /** Looks after the pools from now on. */
  private def keep(): Unit = timer.afterMs(everyMs << failures) {
    if (!stopped) thread.execute(() => if (fill()) keep())
  }

  /** @return whether to look again */
  private def fill(): Boolean =
    try {
      val env = SparkEnv.get
      val works =
        !stopped && env != null &&
          env.conf.get(PYTHON_USE_DAEMON) && env.conf.get(PYTHON_WORKER_REUSE)
      if (works) {
        val used = WorkerPool.all(env).filter(_.isAtWork)
        // Spark ends the idle workers of a pool that has been left alone for a minute.
        val untouched = clock.nanoTime() - touchedAtNs > touchEveryNs
        if (untouched) touchedAtNs = clock.nanoTime()
        // Those that run tasks of the highest priority will be back in a moment, and those that
        // have just ended one are about to be.
        val soon = priorities().count(_ == seen.max)
        val enough = math.max(wanted - soon, 1)
        val few = used.filter(_.idle + soon < wanted).toSet
        used.filter(pool => untouched || (few(pool) && lately(pool))).foreach(tryToFill(_, enough))
        lately = few
      }
      works
    } catch {
      case NonFatal(e) =>
        logWarning("Neptune: no spare Python workers are kept here", e)
        false
    }

  private def tryToFill(pool: WorkerPool, enough: Int): Unit =
    try {
      pool.fill(enough)
      failures = 0
    } catch {
      case NonFatal(e) if !stopped =>
        if (failures == 0) logWarning("Neptune: no spare Python worker could be started here", e)
        failures = math.min(failures + 1, failuresAtMost)
    }
}

private[python] object SpareWorkers {
  private val everyMs = 200L
  /** Hence a pause of a minute and a half at most. */
  private val failuresAtMost = 9
  private val touchEveryNs = 20L * 1000 * 1000 * 1000

  /** Takes so many workers at once and gives them back, also those that it has when one fails. */
  def exchange[W](count: Int, take: () => W)(putBack: W => Unit): Unit = {
    val taken = mutable.ListBuffer.empty[W]
    try for (_ <- 1 to count) taken += take()
    finally taken.foreach(putBack)
  }
}
