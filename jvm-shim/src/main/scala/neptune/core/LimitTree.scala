package neptune.core

import scala.collection.mutable

/** How many tasks of stages can be live at once, kept up to date as tasks start and end: a stage's
 *  limits are few, and the stages many.
 *
 * The limit that is for most of the stages comes first, and others within it: a job's own within
 * that of its pool. If they overlap otherwise, what is found is more than what they allow.
 *
 * THREADING: not thread-safe; the caller guards it.
 *
 * @param stages all of them, as they are now
 */
private[core] final class LimitTree(stages: Seq[LimitedStage]) {
  import LimitTree._

  private val root = new Branch(Int.MaxValue, None)
  private val branches = mutable.HashMap.empty[LimitedStage, Branch]
  private var unfinished = 0

  locally {
    val sizes = new Counts[TaskLimit]
    stages.foreach(_.limits.foreach(sizes.add(_, 1)))
    val order =
      sizes.kinds.toVector.sortBy(limit => (-sizes.of(limit), limit.name)).zipWithIndex.toMap
    grow(root, stages.map(stage => stage -> stage.limits.sortBy(order).toList))
    stages.foreach(stage => changed(stage, stage.running, stage.unfinished))
  }

  private def grow(from: Branch, some: Seq[(LimitedStage, List[TaskLimit])]): Unit =
    some.groupBy(_._2.headOption).foreach {
      case (None, here) => here.foreach { case (stage, _) => branches(stage) = from }
      case (Some(limit), bound) =>
        val rest = bound.map { case (stage, limits) => stage -> limits.drop(1) }
        grow(new Branch(limit.tasks, Some(from)), rest)
    }

  /** So many more of a stage's tasks run, and are unfinished; fewer if that is less than zero. */
  def changed(stage: LimitedStage, moreRunning: Int, moreUnfinished: Int): Unit =
    branches.get(stage).foreach { branch =>
      unfinished += moreUnfinished
      branch.change(moreRunning, moreUnfinished)
    }

  /** How many tasks are too many. */
  def excess: Int = unfinished - root.allowed
}

private object LimitTree {
  /** The tasks that a limit is for, of stages and of branches with a further limit. */
  private final class Branch(limit: Int, parent: Option[Branch]) {
    private var running = 0
    /** What would run if it were not for this limit. */
    private var wanted = 0
    var allowed: Int = 0

    def change(moreRunning: Int, moreWanted: Int): Unit = {
      val before = allowed
      running += moreRunning
      wanted += moreWanted
      allowed = math.min(math.max(limit, running), wanted)
      parent.foreach(_.change(moreRunning, allowed - before))
    }
  }
}
