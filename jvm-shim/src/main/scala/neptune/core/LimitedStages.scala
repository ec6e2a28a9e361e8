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
  private val stages = mutable.HashMap.empty[(Int, Int), LimitedStage]
  /** Those of the stages that have limits, by resource profile; None: to be made anew. */
  private var trees = Option.empty[Map[Int, LimitTree]]

  /** @param limits of each task, which takes from all of them; asked again when limits change */
  def submitted(
      stageId: Int, attempt: Int, profile: Int, tasks: Int, limits: () => Seq[TaskLimit]): Unit = {
    val stage = new LimitedStage(profile, tasks, limits)
    if (stage.limits.nonEmpty || stages.contains((stageId, attempt))) trees = None
    stages((stageId, attempt)) = stage
  }

  /** Any limits may be others from now on. */
  def limitsChanged(): Unit = {
    trees = None
    stages.valuesIterator.foreach(_.look())
  }

  def started(stageId: Int, attempt: Int): Unit =
    stages.get((stageId, attempt)).foreach(change(_, running = 1, unfinished = 0))

  /** A task that was running is over.
   *
   * @param isPending whether it is counted as one that has yet to start
   */
  def ended(stageId: Int, attempt: Int, isPending: Boolean): Unit =
    stages.get((stageId, attempt))
      .foreach(change(_, running = -1, unfinished = if (isPending) 0 else -1))

  /** There may be one task less in the count of others. */
  def lost(stageId: Int, attempt: Int): Unit =
    stages.get((stageId, attempt)).foreach(change(_, running = 0, unfinished = -1))

  def completed(stageId: Int, attempt: Int): Unit =
    if (stages.remove((stageId, attempt)).exists(_.limits.nonEmpty)) trees = None

  private def change(stage: LimitedStage, running: Int, unfinished: Int): Unit = {
    val moreRunning = math.max(-stage.running, running)
    val moreUnfinished = math.max(-stage.unfinished, unfinished)
    stage.running += moreRunning
    stage.unfinished += moreUnfinished
    trees.flatMap(_.get(stage.profile))
      .foreach(_.changed(stage, moreRunning, moreUnfinished))
  }

  /** How many tasks are too many, by resource profile; profiles without any are left out. */
  def excess: Map[Int, Int] =
    current.map { case (profile, tree) => profile -> tree.excess }.filter(_._2 > 0)

  private def current: Map[Int, LimitTree] = trees.getOrElse {
    val made = stages.valuesIterator.filter(_.limits.nonEmpty).toVector.groupBy(_.profile)
      .map { case (profile, some) => profile -> new LimitTree(some) }
    trees = Some(made)
    made
  }
}

private[core] final class LimitedStage(
    val profile: Int, var unfinished: Int, limitsNow: () => Seq[TaskLimit]) {
  var limits: Seq[TaskLimit] = limitsNow()
  var running: Int = 0

  def look(): Unit = limits = limitsNow()
}
