package neptune.core

import scala.collection.mutable

/** Where suspended tasks have to be looked at again. Only [[CoreLedger]] changes it.
 *
 * @param pageOf an executor's page, while it is there
 */
private[core] final class Reviews(pageOf: String => Option[ExecutorCores]) {
  /** Executors where a suspended task may have got a core since all were considered. */
  private val changed = mutable.LinkedHashSet.empty[String]
  /** Executors where a task that has lent its core may come before the one that has it. */
  private val reordered = mutable.LinkedHashSet.empty[String]
  /** Executors where more tasks may hold a core than there are. */
  private val crowds = mutable.LinkedHashSet.empty[String]

  def noteChange(page: ExecutorCores): Unit = if (page.suspended > 0) changed += page.executorId
  /** Its rank may have changed since it was asked: it may come before the one that has its core. */
  def noteSuspended(page: ExecutorCores): Unit = {
    noteChange(page)
    noteReorder(page.executorId)
  }
  /** Its core may be idle, or a lower task's by now: its rank may have changed meanwhile. */
  def noteRelease(executorId: String): Unit = {
    changed += executorId
    noteReorder(executorId)
  }
  def noteReorder(executorId: String): Unit = reordered += executorId
  def noteCrowd(page: ExecutorCores): Unit = if (page.idleNanocores < 0) crowds += page.executorId
  def allConsidered(): Unit = changed.clear()
  def areDue: Boolean = changed.nonEmpty

  def executorLost(executorId: String): Unit = {
    changed -= executorId
    reordered -= executorId
    crowds -= executorId
  }

  def crowded: Seq[ExecutorCores] = if (crowds.isEmpty) Nil else {
    val (still, past) = crowds.toList.partition(pageOf(_).exists(_.idleNanocores < 0))
    crowds --= past
    still.flatMap(pageOf(_))
  }

  def resumable(rank: Rank): Seq[TaskEntry] =
    if (changed.isEmpty || rank.isHeld) Nil
    else {
      changed.iterator
        .flatMap(pageOf(_).iterator)
        .flatMap(_.tasks)
        .filter(e => mayResume(e) && e.task.rank == rank)
        .toList.sortBy(_.arrival)
    }

  def outOfOrder: Seq[TaskEntry] = if (reordered.isEmpty) Nil else {
    val found = reordered.toList.map { executorId =>
      val tasks = pageOf(executorId).toList.flatMap(_.tasks)
      val lowest = tasks.iterator.filter(_.holdsCoreAlone)
        .foldLeft(Rank.none)((rank, entry) => Rank.lower(rank, entry.task.rank))
      executorId -> tasks.filter(entry => mayResume(entry) && lowest < entry.task.rank)
    }
    reordered --= found.collect { case (executorId, Nil) => executorId }
    found.flatMap(_._2)
  }

  private def mayResume(entry: TaskEntry): Boolean =
    entry.state == neptune.life.TaskState.Suspended && !entry.isManual && !entry.task.rank.isHeld
}
