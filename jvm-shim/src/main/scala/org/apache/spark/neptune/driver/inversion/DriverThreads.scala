package org.apache.spark.neptune.driver.inversion

import java.lang.management.ManagementFactory
import java.util.Properties

import org.apache.spark.neptune.driver.priorities.{JobPriorities, ThreadProperties}
import org.apache.spark.neptune.executor.Wait

/** What the driver's threads wait for, of those that would submit jobs of a higher priority than
 *  some that live:
 *
 *  - One that waits for a monitor or lock, such as that of a cached plan or of a lazy value, needs
 *    the jobs which the owner waits for; and the owner's owner's, if that waits so, too.
 *  - One whose query has no job, because it waits for its turn in one of the pools of threads that
 *    run subqueries and broadcasts, or for a broadcast that another query began, needs the jobs
 *    which that pool's threads wait for.
 *
 * A thread's priority, and its query, are in its local properties; jobs have copies of them, by
 * which the jobs of a thread are found.
 *
 * THREADING: one caller at a time.
 */
private[driver] final class DriverThreads(
    priorities: JobPriorities, properties: ThreadProperties) extends Needs {
  import DriverThreads._

  private val threads = ManagementFactory.getThreadMXBean

  override def of(jobs: Seq[LiveJob]): Map[Long, Needed] = {
    val all = new AtOneLook(allThreads(), properties, jobs)
    val lowest = jobs.iterator.map(_.priority).foldLeft(Int.MaxValue)(math.min)
    val needed = for {
      thread <- all.waiting
      local <- all.localOf(thread.getId)
      priority <- priorities.of(local).toOption
      if priority > lowest
      what <- neededBy(thread, local, all)
    } yield thread.getId -> what.copy(priority = priority)
    needed.toMap
  }

  /** What a thread waits for, if it is one of the driver's waits above. */
  private def neededBy(thread: Thread, local: Properties, all: AtOneLook): Option[Needed] = {
    val owned = Option(threads.getThreadInfo(thread.getId)).exists(_.getLockOwnerId >= 0)
    val isIdle = JobPriorities.executionOf(local).exists(query => !all.hasJobs(query))
    if (owned || isIdle) Some(follow(thread.getId, all)).filterNot(_.isNothing) else None
  }

  /** From owner to owner, to the end. */
  private def follow(from: Long, all: AtOneLook): Needed = {
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
}

private object DriverThreads {
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
      .takeWhile(_ != null).toList.last
    val found = new Array[Thread](root.activeCount() * 2 + 16)
    found.take(root.enumerate(found)).toSeq
  }

  /** The threads as they were at one look.
   *
   * @param jobs the live ones
   */
  private final class AtOneLook(
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
  }
}
