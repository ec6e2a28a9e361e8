package neptune.core

import java.util.IdentityHashMap

import scala.collection.mutable

/** What a limit allows to the tasks that are booked on an account.
 *
 * @param tasks how many of them may run
 * @param nanocores how many cores they may have
 */
final case class CoreLimit(account: Account, tasks: Long, nanocores: Long) {
  /** One task is always allowed: a limit that holds none would keep a job waiting for ever. */
  def isExceeded: Boolean =
    account.size > 1 && (account.size > tasks || account.liveNanocores > nanocores)
}

object CoreLimit {
  /** The tasks that are over a limit, of any of these.
   *
   * In order, each takes what it needs of all its limits, if all have that left; else it is over.
   * First come those that can't be suspended; then the higher level; of a level those that run, and
   * of these the one that was launched first. Who is suspended manually comes last, for it may stay
   * so for ever.
   */
  def over(limits: Seq[CoreLimit]): Seq[TaskEntry] = {
    val exceeded = limits.filter(_.isExceeded)
    if (exceeded.isEmpty) Nil
    else {
      val rooms = new IdentityHashMap[Account, Room]
      exceeded.foreach(limit => rooms.put(limit.account, new Room(limit)))
      val bound = mutable.LongMap.empty[TaskEntry]
      exceeded.foreach(_.account.tasks.foreach(entry => bound(entry.arrival) = entry))
      bound.valuesIterator.toList.sortBy(key).filterNot { entry =>
        val mine = entry.task.accounts.flatMap(account => Option(rooms.get(account)))
        val fits = !entry.task.suspendable || mine.forall(_.hasRoomFor(entry.task.nanocores))
        if (fits) mine.foreach(_.take(entry.task.nanocores))
        fits
      }
    }
  }

  private def key(entry: TaskEntry): (Int, Long, Int, Long) = {
    val kind = if (!entry.task.suspendable) 0 else if (entry.isRunning || !entry.isManual) 1 else 2
    (kind, -entry.task.priority.toLong, if (entry.isRunning) 0 else 1, entry.arrival)
  }

  private final class Room(limit: CoreLimit) {
    private var tasks = 0L
    private var nanocores = 0L

    def hasRoomFor(more: Long): Boolean =
      tasks == 0 || tasks < limit.tasks && nanocores + more <= limit.nanocores

    def take(more: Long): Unit = {
      tasks += 1
      nanocores += more
    }
  }
}
