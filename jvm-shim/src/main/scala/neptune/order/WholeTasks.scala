package neptune.order

import scala.collection.mutable

/** Gives contenders whole tasks, by their shares and what they are owed, and leaves no core over
 *  that a task would fit in.
 *
 * Each contender gets what it is assured of, then its target rounded down, then the rest is dealt
 * task by task to whoever lacks most of its target. Whoever was dealt a task of the rest less than
 * a quantum ago keeps it.
 */
private[order] final class WholeTasks(
    contenders: IndexedSeq[Contender], capacity: Long, quantumNs: Long) {
  private var rest = capacity

  def deal(): Unit = {
    aim()
    contenders.foreach(c => give(c, c.assuredTasks))
    contenders.foreach(c => give(c, c.tasksIn(c.target)))
    dealRest()
  }

  /** Shares and what is owed, as far as it can be used; cut to what is not assured to others. */
  private def aim(): Unit = {
    var assured, beside = 0.0
    contenders.foreach { c =>
      val least = c.nanocores(c.assuredTasks).toDouble
      val wished = c.share + c.standing.settledCoreNs * Dealer.core / quantumNs
      c.target = math.max(least, math.min(wished, c.usable.toDouble))
      assured += least
      beside += c.target - least
    }
    val part = if (beside > 0) math.min(1.0, (capacity - assured) / beside) else 1.0
    contenders.foreach { c =>
      val least = c.nanocores(c.assuredTasks)
      c.target = least + (c.target - least) * part
    }
  }

  /** Raises it to so many tasks, or to as many as there is enough for. */
  private def give(contender: Contender, tasks: Int): Unit =
    if (contender.tasks < tasks && !raise(contender, tasks)) {
      raise(contender, contender.tasks + (rest / contender.claim.perTask).toInt)
    }

  private def raise(contender: Contender, tasks: Int): Boolean = {
    val cost = contender.nanocores(tasks) - contender.due
    val fits = cost <= rest
    if (fits) {
      contender.tasks = tasks
      rest -= cost
    }
    fits
  }

  private def dealRest(): Unit = {
    // Tasks that need next to nothing are dealt several at a time, or this would take for ever.
    val atOnce = rest / WholeTasks.turns
    val queue = mutable.PriorityQueue.empty[Lack](Lack.order)
    def add(contender: Contender): Unit =
      if (contender.tasks < contender.mostTasks) queue += new Lack(contender)
    contenders.foreach(add)
    while (rest > 0 && queue.nonEmpty) {
      val contender = queue.dequeue().contender
      val more = math.max(1L, math.min(atOnce, rest) / contender.claim.perTask)
      val tasks = math.min(contender.mostTasks.toLong, contender.tasks + more).toInt
      // Else its tasks are too big for what is left.
      if (raise(contender, tasks)) add(contender)
    }
  }
}

private object WholeTasks {
  /** About how often somebody is dealt some of the rest, at most: more often than there are cores
   *  left over, but in the largest clusters. */
  private val turns = 10000
}

/** What a contender lacks, with the tasks that it is due so far, in steps that hide roundings. */
private final class Lack(val contender: Contender) {
  val steps: Long = inSteps(contender.target - contender.due)
  /** The same of its share, whatever it is owed. */
  val ofShare: Long = inSteps(contender.share - contender.due)
  val holds: Boolean = contender.claim.held >= contender.nanocores(contender.tasks + 1)
  /** Of what it had, it keeps only what it lacks: its share may have fallen. */
  val goesFirst: Boolean =
    contender.isKeeping && contender.tasks < contender.standing.tasks && steps > 0

  private def inSteps(nanocores: Double): Long = math.round(nanocores / 1000)
}

private object Lack {
  /** The greatest is served first. Of equal ones those that would have least of their share, then
   *  those that have waited, then those that came first. */
  val order: Ordering[Lack] = (a, b) => {
    var found = java.lang.Boolean.compare(a.goesFirst, b.goesFirst)
    if (found == 0) found = java.lang.Long.compare(a.steps, b.steps)
    if (found == 0) found = java.lang.Long.compare(a.ofShare, b.ofShare)
    if (found == 0) found = java.lang.Boolean.compare(b.holds, a.holds)
    if (found == 0) Integer.compare(b.contender.arrival, a.contender.arrival) else found
  }
}
