package org.apache.spark.neptune.driver.sharing

import java.util.Properties

import scala.collection.mutable

import neptune.core.{CoreLimit, Nanocores, TaskEntry}

import org.apache.spark.neptune.driver.priorities.{JobLimits, ToldOnce}
import org.apache.spark.neptune.settings.Limiter
import org.apache.spark.scheduler.TaskSet

/** The limits that bind task sets, and what they leave.
 *
 * THREADING: under the scheduler's lock.
 *
 * @param orders by which their cores are shared
 */
private[driver] final class Allowances(limits: JobLimits, orders: Orders) {
  /** Jobs of a SQL execution may have different limits of their own, each of which is for the jobs
   *  that have it. */
  private val byLimiter = mutable.HashMap.empty[Limiter, Allowance]
  private val once = new ToldOnce
  /** What all executors have, as of this round. */
  private var allNanocores = 0L

  /** Those that bind a job's tasks; none if its limits are wrong, and it is refused. */
  def of(jobId: Int, properties: Properties): Seq[Allowance] =
    limits.of(jobId, properties).getOrElse(Nil).map(limiter =>
      byLimiter.getOrElseUpdate(limiter, new Allowance(limiter, allNanocores, Some(orders))))

  /** The limits of a set; or why it can't run: they are wrong, or its tasks start together, and one
   *  does not hold them all.
   *
   * @param nanocores what each task needs
   * @param most the most cores that there are
   */
  def limitsOf(taskSet: TaskSet, nanocores: => Long, most: MostCores)
      : Either[String, Seq[Limiter]] =
    limits.of(taskSet.priority, taskSet.properties).flatMap { limiters =>
      val tasks = taskSet.tasks.length
      val problem =
        // A single task may have more than a limit allows: see Allowance.roomFor.
        if (limiters.isEmpty || tasks < 2 || !taskSet.tasks.exists(_.isBarrier)) None
        else {
          val refusal = limiters.flatMap(tooLow(_, taskSet, nanocores, most.nanocores)).headOption
          if (refusal.isEmpty) limiters.foreach(tellIfWaiting(_, taskSet, nanocores, most))
          refusal
        }
      problem.toLeft(limiters)
    }

  private def tooLow(
      limiter: Limiter, taskSet: TaskSet, nanocores: Long, totalNanocores: Long)
      : Option[String] = {
    val tasks = taskSet.tasks.length
    val byTasks = limiter.maxTasks.filter(_ < tasks).map(_ => "maxTasks")
    val byCores = limiter.maxCores
      .filter(_.nanocores(totalNanocores) < tasks * nanocores).map(_ => "maxCores")
    byTasks.orElse(byCores).map { what =>
      s"The $tasks tasks of this barrier stage start together, which " +
        s"${limits.originOf(limiter, what, taskSet.properties)} does not allow: raise that, or " +
        "have fewer tasks."
    }
  }

  private def tellIfWaiting(
      limiter: Limiter, taskSet: TaskSet, nanocores: Long, most: MostCores): Unit = {
    val tasks = taskSet.tasks.length
    // Before there are any executors, every stage waits for them.
    if (most.had > 0) {
      once.tell(
        limiter.maxCores.filter(_.nanocores(most.had) < tasks * nanocores).map { _ =>
          s"the $tasks tasks of a barrier stage start together, which " +
            s"${limits.originOf(limiter, "maxCores", taskSet.properties)} does not allow on the " +
            s"${Nanocores.toCores(most.had)} cores that there are so far: they wait for more of " +
            s"the ${Nanocores.toCores(most.nanocores)} that the application has asked for."
        },
        limiter.name)
    }
  }

  def beginRound(totalNanocores: Long): Unit = {
    allNanocores = totalNanocores
    byLimiter.valuesIterator.foreach(_.beginRound(totalNanocores))
  }

  /** Deals the cores of all, once all that waits is known.
   *
   * @param places of tasks
   * @return in how many nanoseconds to deal anew, if need be
   */
  def deal(places: TaskPlaces, nowNs: Long): Option[Long] =
    byLimiter.valuesIterator.flatMap(_.deal(places, nowNs)).reduceOption(_ min _)

  /** Sees whether a limit's cores can be shared among those whom it binds: not where a task of
   *  theirs has several limits, or waits for others to start together with.
   *
   * @param level that of a set which all of these bind
   * @param together whether tasks of it wait that do
   */
  def binds(some: Seq[Allowance], level: Int, together: Boolean): Unit =
    some.foreach(_.shares.foreach(_.binds(level, alone = !together && some.size == 1)))

  /** Those limits whose cores several contend for, as of this round. */
  private def contended: Iterator[Allowance] =
    byLimiter.valuesIterator.filter(_.shares.exists(_.areContended))

  /** The tasks that make room for others inside a limit. */
  def overdrawn: Seq[TaskEntry] =
    byLimiter.valuesIterator.flatMap(_.shares).flatMap(_.over).toList

  /** How often anything has changed about tasks that such a limit binds. */
  def changesOfContended: Seq[(Limiter, Long)] =
    contended.map(allowance => allowance.limiter -> allowance.account.changes).toList

  /** The limits that have been changed at run time, as of now. */
  def changed: Seq[CoreLimit] = byLimiter.valuesIterator.flatMap(_.limitInForce).toList

  /** The name of one that holds a live task, if there is any. */
  def holding(entry: TaskEntry): Option[String] = byLimiter.valuesIterator
    .find(its => its.holdsSome && entry.task.accounts.exists(_ eq its.account))
    .map(_.account.name)

  /** Forgets those of nobody that is here in this round: a server may have thousands of jobs a
   *  minute, each with a limit of its own. */
  def forget(nowNs: Long): Unit = {
    byLimiter --= byLimiter.valuesIterator
      .filter(a => a.lastSeenNs != nowNs && a.account.size == 0).map(_.limiter).toList
    byLimiter.valuesIterator.flatMap(_.shares).foreach(_.forget(nowNs))
  }
}

/** How many tasks of which sets limits leave, while a decision for several of them is made: who
 *  asks first has them.
 */
private[driver] final class Rooms {
  private val taken = mutable.HashMap.empty[Allowance, Long]
  private val takenOfParts = mutable.HashMap.empty[LimitPart, Long]

  /** Of so many tasks those that are allowed, which others then have not.
   *
   * @param nanocores what each needs
   * @param together whether they start together or not at all
   */
  private[sharing] def take(
      count: Int, nanocores: Long, allowances: Seq[Allowance], parts: Seq[LimitPart],
      together: Boolean): Int = {
    val byLimits = allowances.foldLeft(count.toLong) { (least, allowance) =>
      math.min(least, allowance.roomFor(nanocores) - taken.getOrElse(allowance, 0L))
    }
    val most = parts.foldLeft(byLimits) { (least, part) =>
      math.min(least, part.roomFor(nanocores) - takenOfParts.getOrElse(part, 0L))
    }
    val found = if (together && most < count) 0L else math.max(0L, most)
    allowances.foreach(a => taken(a) = taken.getOrElse(a, 0L) + found)
    parts.foreach(p => takenOfParts(p) = takenOfParts.getOrElse(p, 0L) + found)
    found.toInt
  }
}
