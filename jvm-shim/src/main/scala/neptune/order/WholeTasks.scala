package neptune.order

import scala.collection.mutable

/** Makes whole tasks of targets, and leaves no core over that a task would fit in.
 *
 * Each contender gets what it is assured of, then its target rounded down, then the rest is dealt
 * task by task to whoever lacks most of its target. Whoever was dealt a task of the rest less than
 * a quantum ago keeps it.
 */
private[order] final class WholeTasks(contenders: IndexedSeq[Contender], capacity: Long) {
  private var rest = capacity

  def deal(): Unit = {
    contenders.foreach(give(_, _.assuredTasks))
    contenders.foreach(c => give(c, _.tasksIn(c.target)))
    dealRest()
  }

  /** Raises it to so many tasks, if there is so much. */
  private def give(contender: Contender, tasks: Contender => Int): Unit =
    while (contender.tasks < tasks(contender) && oneMore(contender)) {}

  private def oneMore(contender: Contender): Boolean = {
    val cost = contender.nanocores(contender.tasks + 1) - contender.due
    val fits = cost <= rest
    if (fits) {
      contender.tasks += 1
      rest -= cost
    }
    fits
  }

  private def dealRest(): Unit = {
    val queue = mutable.PriorityQueue.empty[Lack](Lack.order)
    def add(contender: Contender): Unit =
      if (contender.tasks < contender.mostTasks) queue += new Lack(contender)
    contenders.foreach(add)
    while (rest > 0 && queue.nonEmpty) {
      val contender = queue.dequeue().contender
      // Else its tasks are too big for what is left.
      if (oneMore(contender)) add(contender)
    }
  }
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
