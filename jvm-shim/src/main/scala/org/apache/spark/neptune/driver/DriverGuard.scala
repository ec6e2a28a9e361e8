package org.apache.spark.neptune.driver

import java.lang.management.ManagementFactory
import java.util.Properties
import java.util.concurrent.{
  ConcurrentHashMap, RejectedExecutionException, ScheduledExecutorService, TimeUnit}
import java.util.concurrent.atomic.AtomicBoolean

import scala.jdk.CollectionConverters._
import scala.util.control.NonFatal

import org.apache.spark.internal.Logging
import org.apache.spark.neptune.executor.Wait
import org.apache.spark.util.ThreadUtils

/** Sees to it that no thread of the driver waits for what a job of lower priority keeps from it.
 *
 * While jobs of several priorities live, it looks again and again at the threads that wait, and
 * that would submit jobs of a higher priority than some that live:
 *
 *  - One that waits for a monitor or lock, such as that of a cached plan or of a lazy value, has the
 *    jobs raised which the owner waits for; and the owner's owner's, if that waits so, too.
 *  - One whose query has no job, because it waits for its turn in one of the pools of threads that
 *    run subqueries and broadcasts, or for a broadcast that another query began, has the jobs raised
 *    which that pool's threads wait for.
 *
 * What is seen at two looks in a row is taken for such a wait. A job stays raised while it lives,
 * also if the thread waits for it no more.
 *
 * A thread's priority, and its query, are in its local properties; jobs have copies of them, by
 * which the jobs of a thread are found. Jobs that are no queries may have the same as others: then
 * all those are raised, which costs little.
 *
 * THREADING: `started` and `ended` are called by the listener bus; all else runs on one thread.
 *
 * @param everyMs from one look to the next; 0: there are none
 */
private[driver] final class DriverGuard(
    stages: StagePriorities, priorities: JobPriorities, properties: ThreadProperties,
    everyMs: Long)
  extends Logging {
  import DriverGuard._

  private val live = new ConcurrentHashMap[Int, Properties]
  private val watching = new AtomicBoolean(false)
  private val threads = ManagementFactory.getThreadMXBean
  private lazy val timer: ScheduledExecutorService =
    ThreadUtils.newDaemonSingleThreadScheduledExecutor("neptune-driver-guard")
  @volatile private var stopped = false
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

  def stop(): Unit = synchronized {
    stopped = true
    if (watching.get) timer.shutdownNow()
  }

  private def watch(): Unit =
    if (stages.differ && watching.compareAndSet(false, true)) lookLater()

  private def lookLater(): Unit = synchronized {
    if (!stopped) {
      try timer.schedule((() => look()): Runnable, everyMs, TimeUnit.MILLISECONDS)
      catch { case _: RejectedExecutionException => () }
    }
  }

  private def look(): Unit =
    if (stages.differ) {
      try help()
      catch {
        case NonFatal(e) => logWarning("Neptune: a look at the driver's threads failed", e)
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
    val all = new Threads(allThreads(), properties, jobs)
    val lowest = jobs.iterator.map(_.priority).minOption.getOrElse(Int.MaxValue)
    val needed = for {
      thread <- all.waiting
      local <- all.localOf(thread.getId)
      priority <- priorities.of(local).toOption
      if priority > lowest
      what <- neededBy(thread, local, all)
    } yield thread.getId -> what.copy(priority = priority)
    val now = needed.toMap
    val again = now.map { case (thread, what) =>
      thread -> waited.get(thread).fold(Needed.nothing)(what.asBefore)
    }
    waited = now
    awaited = again.values.flatMap(what => what.queries.map(_ -> what.priority))
      .groupMapReduce(_._1)(_._2)(math.max)
    again.values.foreach(what => all.jobsFor(what).foreach(raise(_, what.priority)))
  }

  /** What a thread waits for, if it is one of the driver's waits above. */
  private def neededBy(thread: Thread, local: Properties, all: Threads): Option[Needed] = {
    val owned = Option(threads.getThreadInfo(thread.getId)).exists(_.getLockOwnerId >= 0)
    val isIdle = JobPriorities.executionOf(local).exists(query => !all.hasJobs(query))
    if (owned || isIdle) Some(follow(thread.getId, all)).filterNot(_.isNothing) else None
  }

  /** From owner to owner, to the end. */
  private def follow(from: Long, all: Threads): Needed = {
    var needed = Needed.nothing
    var at = Wait.of(threads, from, _ => true)
    var steps = 0
    while (at.isDefined && steps < longestChain) {
      steps += 1
      at = at.get match {
        case Wait.Owned(owner) =>
          needed = needed.and(all.localOf(owner).filter(_ => isInJob(owner)))
          Wait.of(threads, owner, _ => true)
        case Wait.Unknown(place) =>
          poolAt(place).foreach { pool =>
            all.named(pool).foreach(worker => needed = needed.and(all.localOf(worker.getId)))
          }
          None
        case _ => None
      }
    }
    needed
  }

  /** Whether the thread has submitted a job, or is about a query, which may do so in others. */
  private def isInJob(thread: Long): Boolean =
    Option(threads.getThreadInfo(thread, Int.MaxValue)).exists(_.getStackTrace.exists { frame =>
      inJobs.exists(frame.getClassName.startsWith(_))
    })

  private def raise(job: LiveJob, priority: Int): Unit = if (job.priority < priority) {
    logInfo(s"Neptune: job ${job.id} has the priority $priority of a thread that waits for it")
    stages.raise(job.id, priority)
  }

  private def liveJobs(): Seq[LiveJob] = {
    val jobs = live.asScala.toSeq
      .map { case (id, local) => id -> stages.ofJob(id).map(LiveJob(id, _, local)) }
    // The word that they ended may have been lost.
    jobs.collect { case (id, None) => id }.foreach(live.remove(_))
    jobs.flatMap(_._2)
  }
}

private[driver] object DriverGuard {
  /** Threads of the driver are many, and queries take their time: it looks less often than executors
   *  do at their tasks. */
  def everyMs(rescueIntervalMs: Long): Long =
    if (rescueIntervalMs == 0) 0L else math.max(rescueIntervalMs, 100L)

  private val longestChain = 16
  /** Where a thread stands that has a job or a query run (Spark 4.x). */
  private val inJobs = Seq(
    "org.apache.spark.scheduler.DAGScheduler", "org.apache.spark.sql.execution.")
  /** Where a query waits for threads of a pool, and how these are named (Spark 4.x). */
  private val pools = Seq(
    "org.apache.spark.sql.execution.SubqueryExec" -> "subquery-",
    "org.apache.spark.sql.execution.exchange.BroadcastExchangeExec" -> "broadcast-exchange-")

  private def poolAt(place: Seq[StackTraceElement]): Option[String] =
    pools.collectFirst {
      case (name, pool) if place.exists(_.getClassName == name) => pool
    }

  /** All of the JVM's. */
  private def allThreads(): Seq[Thread] = {
    val root = Iterator.iterate(Thread.currentThread().getThreadGroup)(_.getParent)
      .takeWhile(_ != null).toSeq.last
    val found = new Array[Thread](root.activeCount() * 2 + 16)
    found.take(root.enumerate(found)).toSeq
  }

  private final case class LiveJob(id: Int, priority: Int, local: Properties) {
    val query: Option[Long] = JobPriorities.executionOf(local)
  }

  /** What a thread waits for: all jobs of queries, and jobs with the same local properties.
   *
   * @param priority the thread's
   */
  private final case class Needed(queries: Set[Long], locals: Set[Properties], priority: Int) {
    def isNothing: Boolean = queries.isEmpty && locals.isEmpty

    def and(local: Option[Properties]): Needed = local.fold(this) { more =>
      JobPriorities.executionOf(more).fold(copy(locals = locals + asOfNow(more))) { query =>
        copy(queries = queries + query)
      }
    }

    /** What it has needed since before. */
    def asBefore(before: Needed): Needed =
      copy(queries & before.queries, locals & before.locals)
  }

  private def asOfNow(local: Properties): Properties = local.clone().asInstanceOf[Properties]

  private object Needed {
    val nothing: Needed = Needed(Set.empty, Set.empty, Int.MinValue)
  }

  /** The threads at one look.
   *
   * @param jobs the live ones
   */
  private final class Threads(
      all: Seq[Thread], properties: ThreadProperties, jobs: Seq[LiveJob]) {
    private val locals: Map[Long, Properties] =
      all.flatMap(t => properties.of(t).map(t.getId -> _)).toMap
    private val queries = jobs.flatMap(_.query).toSet

    def localOf(thread: Long): Option[Properties] = locals.get(thread)
    def named(prefix: String): Seq[Thread] = all.filter(_.getName.startsWith(prefix))
    def hasJobs(query: Long): Boolean = queries(query)
    def waiting: Seq[Thread] = all.filter(_.getState match {
      case Thread.State.BLOCKED | Thread.State.WAITING | Thread.State.TIMED_WAITING => true
      case _ => false
    })
    def jobsFor(what: Needed): Seq[LiveJob] =
      jobs.filter(job => job.query.fold(what.locals(job.local))(what.queries))
  }
}
