package neptune.policy

import scala.collection.mutable

import neptune.core.{PendingTasks, RunningTask, Snapshot}

/** LB of the paper: equalises the number of running tasks per executor.
 *
 * Each pending task takes a free core first, if possible on an executor that it prefers. Where
 * there is none, victims come from the executor with the most running tasks, if possible among
 * those that it prefers; on that executor the lowest priority goes first, and within it the task
 * that was launched last.
 */
final class LoadBalance extends Policy {
  override val name: String = "lb"

  override def victims(snapshot: Snapshot): Seq[RunningTask] = {
    val plan = new SuspensionPlan(snapshot)
    snapshot.pending.foreach { group =>
      if (group.together) plan.allOrNothing(place(plan, group))
      else place(plan, group)
    }
    plan.victims
  }

  /** Finds cores for the group's tasks; false as soon as one finds none. */
  private def place(plan: SuspensionPlan, group: PendingTasks): Boolean =
    Iterator.fill(group.count)(placeOne(plan, group)).forall(identity)

  private def placeOne(plan: SuspensionPlan, group: PendingTasks): Boolean = {
    val open = plan.executorIds.filterNot(group.refused)
    val choices = Seq(open.filter(group.preferred), open)
    choices.exists(_.exists(plan.takeFree(_, group.cores))) ||
    choices.exists(_.sortBy(-plan.load(_)).exists(plan.suspendOn(_, group.cores)))
  }
}

/** Books free cores and victims while a policy works through the pending tasks. */
private[policy] final class SuspensionPlan(snapshot: Snapshot) {
  val executorIds: Seq[String] = snapshot.executors.map(_.executorId)
  private var free = snapshot.executors.map(e => e.executorId -> e.free).toMap
  private var loads = snapshot.executors.map(e => e.executorId -> e.load).toMap
  private var candidates: Map[String, List[RunningTask]] =
    snapshot.running.groupBy(_.executorId).map { case (executorId, tasks) =>
      executorId -> tasks.sortBy(t => (t.priority, -t.arrival)).toList
    }
  private val chosen = mutable.ArrayBuffer.empty[RunningTask]

  def victims: Seq[RunningTask] = chosen.toSeq
  def load(executorId: String): Int = loads(executorId)

  /** Takes cores that are free, or will be, without suspending anyone. */
  def takeFree(executorId: String, cores: Long): Boolean = {
    val fits = free(executorId) >= cores
    if (fits) free += executorId -> (free(executorId) - cores)
    fits
  }

  /** Suspends as many tasks of the executor as the cores need, or none when they can't suffice. */
  def suspendOn(executorId: String, cores: Long): Boolean = {
    val available = candidates.getOrElse(executorId, Nil)
    val sums = available.scanLeft(free(executorId))(_ + _.cores)
    val needed = sums.indexWhere(_ >= cores)
    if (needed >= 0) {
      val (taken, left) = available.splitAt(needed)
      candidates += executorId -> left
      chosen ++= taken
      loads += executorId -> (loads(executorId) - taken.size)
      free += executorId -> (sums(needed) - cores)
    }
    needed >= 0
  }

  /** Keeps what `act` booked only if it succeeded. */
  def allOrNothing(act: => Boolean): Unit = {
    val before = (free, loads, candidates, chosen.size)
    if (!act) {
      free = before._1
      loads = before._2
      candidates = before._3
      chosen.dropRightInPlace(chosen.size - before._4)
    }
  }
}
