package neptune.core

/** What a policy answers.
 *
 * @param victims the tasks to suspend, just enough for the pending ones
 * @param placements where the pending tasks are meant to run, those that need no victim included
 */
final case class Decision(victims: Seq[Victim], placements: Seq[Placement])

/** A task to suspend.
 *
 * @param reasonNow why this one; put into words when somebody first asks, for few are asked about
 */
final class Victim private (
    val taskId: Long, val executorId: String, reasonNow: => String) {
  lazy val reason: String = reasonNow

  override def equals(other: Any): Boolean = other match {
    case victim: Victim => victim.taskId == taskId && victim.executorId == executorId
    case _ => false
  }
  override def hashCode: Int = taskId.hashCode
  override def toString: String = s"Victim($taskId,$executorId,$reason)"
}

object Victim {
  def apply(taskId: Long, executorId: String, reason: String): Victim =
    new Victim(taskId, executorId, reason)

  /** With a reason that must not change, whenever it is put into words. */
  def because(taskId: Long, executorId: String)(reason: => String): Victim =
    new Victim(taskId, executorId, reason)
}

/** @param group index of the pending tasks in the snapshot */
final case class Placement(group: Int, executorId: String, count: Int)

object Decision {
  val nothing: Decision = Decision(Nil, Nil)

  /** What is wrong with a decision, if anything is: that is a defect of the policy. */
  def fault(decision: Decision, snapshot: Snapshot): Option[String] = {
    val executors = snapshot.executors.iterator.map(e => e.executorId -> e).toMap
    // Where there are fewer free cores than none, victims make up for that first.
    val owed = decision.victims.map(_.executorId).distinct.flatMap(executors.get(_))
      .map(e => math.max(0L, -e.freeNanocores)).sum
    val needed = owed + snapshot.pending.iterator.map(p => p.count.toLong * p.nanocores).sum
    def task(victim: Victim): Option[RunningTask] =
      executors.get(victim.executorId).flatMap(_.tasks.find(_.taskId == victim.taskId))
    val ids = decision.victims.map(_.taskId)
    val chosen = decision.victims.flatMap(task)
    // The cores of one task at least may be more than what is missing.
    val excess = chosen.map(_.nanocores).sum - chosen.map(_.nanocores).foldLeft(0L)(math.max)
    if (ids.distinct.size != ids.size) Some("it names a victim twice")
    else decision.victims.find(v => task(v).isEmpty)
      .map(v =>
        s"it names the victim ${v.taskId} on executor ${v.executorId}, which runs no such task")
      .orElse(chosen.find(!_.suspendable)
        .map(t => s"it names the victim ${t.taskId}, which must not be suspended"))
      .orElse(
        if (excess < needed || chosen.isEmpty) None
        else Some(s"it names ${chosen.size} victims, more than the pending tasks need"))
      .orElse(decision.placements.flatMap(misplaced(_, executors.contains, snapshot)).headOption)
  }

  private def misplaced(
      placement: Placement, isThere: String => Boolean, snapshot: Snapshot): Option[String] =
    if (!isThere(placement.executorId)) {
      Some(s"it places tasks on executor ${placement.executorId}, which does not exist")
    } else if (!snapshot.pending.indices.contains(placement.group)) {
      Some(s"it places tasks of group ${placement.group}, which is not one of the pending ones")
    } else {
      val count = snapshot.pending(placement.group).count
      if (placement.count >= 1 && placement.count <= count) None
      else Some(s"it places ${placement.count} tasks of group ${placement.group}, which has $count")
    }
}
