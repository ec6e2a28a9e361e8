package neptune.core

import scala.collection.mutable

/** How many tasks may be live at once, of all stages that a limit is for. */
final case class TaskLimit(name: String, tasks: Int)

/** How many tasks of stages that are not over are too many to run at once, by their limits: others
 *  who count all of these tasks as work to be done need not count those.
 *
 * It is never more than what is certainly too many, even if it hears of a stage, or of a limit,
 * later than of others: whoever is left out wrongly may lack an executor.
 *
 * - A stage counts here as no more tasks than its events allow for. Each end of a task takes one
 *   away, but for a failure, after which Spark counts the task as pending again.
 * - A limit allows as many tasks as run, at least: it may have been lowered.
 * - A limit is counted by resource profile, as if the others' tasks left it all to this one.
 *
 * THREADING: not thread-safe; the caller guards it.
 */
final class LimitedStages {
  import LimitedStages._

  private val stages = mutable.HashMap.empty[(Int, Int), Stage]

  /** @param limits of each task, which takes from all of them; asked again when limits change */
  def submitted(
      stageId: Int, attempt: Int, profile: Int, tasks: Int, limits: () => Seq[TaskLimit]): Unit =
    stages((stageId, attempt)) = new Stage(profile, tasks, limits)

  /** Any limits may be others from now on. */
  def limitsChanged(): Unit = stages.valuesIterator.foreach(_.look())

  def started(stageId: Int, attempt: Int): Unit =
    stages.get((stageId, attempt)).foreach(_.running += 1)

  /** A task that was running is over.
   *
   * @param isPending whether it is counted as one that has yet to start
   */
  def ended(stageId: Int, attempt: Int, isPending: Boolean): Unit = {
    stages.get((stageId, attempt)).foreach(stage => stage.running = math.max(0, stage.running - 1))
    if (!isPending) lost(stageId, attempt)
  }

  /** There may be one task less in the count of others. */
  def lost(stageId: Int, attempt: Int): Unit =
    stages.get((stageId, attempt))
      .foreach(stage => stage.unfinished = math.max(0, stage.unfinished - 1))

  def completed(stageId: Int, attempt: Int): Unit = stages.remove((stageId, attempt))

  /** How many tasks are too many, by resource profile; profiles without any are left out. */
  def excess: Map[Int, Int] =
    stages.valuesIterator.filter(_.limits.nonEmpty).toList.groupBy(_.profile)
      .map { case (profile, some) => profile -> (unfinished(some) - atMost(some)) }
      .filter(_._2 > 0)
}

object LimitedStages {
  private final class Stage(
      val profile: Int, var unfinished: Int, limitsNow: () => Seq[TaskLimit]) {
    var limits: Seq[TaskLimit] = limitsNow()
    var running: Int = 0

    def look(): Unit = limits = limitsNow()
  }

  private def unfinished(some: Seq[Stage]): Int = some.map(_.unfinished).sum

  /** How many tasks of these stages can be live at once. The limit that is for most of the stages
   *  comes first, and others within it: a job's own within that of its pool. If they overlap
   *  otherwise, what is found is more than what they allow.
   */
  private def atMost(some: Seq[Stage]): Int = {
    val sizes = new Counts[TaskLimit]
    some.foreach(_.limits.foreach(sizes.add(_, 1)))
    val order =
      sizes.kinds.toVector.sortBy(limit => (-sizes.of(limit), limit.name)).zipWithIndex.toMap
    within(some.map(stage => stage -> stage.limits.sortBy(order).toList))
  }

  private def within(some: Seq[(Stage, List[TaskLimit])]): Int =
    some.groupBy(_._2.headOption).iterator.map {
      case (None, free) => unfinished(free.map(_._1))
      case (Some(limit), bound) =>
        val most = math.max(limit.tasks, bound.map(_._1.running).sum)
        math.min(most, within(bound.map { case (stage, limits) => stage -> limits.drop(1) }))
    }.sum
}
