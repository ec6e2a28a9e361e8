package neptune.core

/** Why tasks wait for cores, in a sentence; the figures behind it, of one moment.
 *
 * Cores are counted in nanocores, see [[Nanocores]].
 *
 * @param priority that of the tasks
 * @param pending how many wait
 * @param nanocores what each needs
 * @param together all of them or none: a barrier stage, or a group of pipelined ones
 * @param pipelined whether it is such a group
 * @param executors how many there are
 * @param barred executors that take none of them: excluded after failures, of another resource
 *               profile, without enough of other resources, or unfit for Python
 * @param refused executors whose free cores they lately left alone
 * @param usable cores that they may use now
 * @param kept free cores that they may not use, since suspended tasks of their own or a higher
 *             priority are to have them back
 * @param incoming cores that come once tasks that are asked to suspend have
 * @param held cores that tasks hold, by their priority
 * @param preempts whether tasks are preempted at all
 * @param victims running tasks of lower priority that may be suspended now
 * @param spared such tasks that may not: barrier tasks, those of real-time queries, tasks that have
 *               been suspended for as much as a task may, tasks whose executor's memory is full
 * @param limits what allows no more of its tasks now: "the limit of the pool etl"
 * @param party what shares the cores of the level with others, and has these tasks; empty: none
 *              does
 * @param isDue whether that has less than its share: tasks of the level that are beyond theirs then
 *              count among `victims` and `spared`, too
 */
final case class Waiting(
    priority: Int, pending: Int, nanocores: Long, together: Boolean, pipelined: Boolean,
    executors: Int, barred: Set[String], refused: Set[String], usable: Long, kept: Long,
    incoming: Long, held: Map[Int, Long], preempts: Boolean, victims: Int, spared: Int,
    limits: Seq[String], party: String, isDue: Boolean) {
  import Waiting._

  /** Why they wait, for people. */
  def reason: String =
    // Whatever comes free is not for them then.
    if (executors > 0 && limits.nonEmpty) {
      s"Held: ${listed(limits)} ${if (limits.size == 1) "allows" else "allow"} no more of its " +
        "tasks at the same time."
    } else withinLimits

  private def withinLimits: String = {
    val first =
      if (executors == 0) "No executor has registered yet."
      else if (barred.size >= executors) {
        s"None of the ${count(executors, "executor")} takes its tasks: excluded after failures, " +
          "of another resource profile, or without enough of the other resources that it needs."
      } else if (together && usable < needed) {
        val whole = if (pipelined) "this job's pipelined stages" else "this barrier stage"
        s"All ${count(pending, "task")} of $whole start together, for which " +
          s"${cores(needed)} are needed; it may use ${cores(usable)} now."
      } else if (usable >= nanocores && refused.nonEmpty) {
        s"It leaves cores free on ${some(refused)} for a while: its tasks prefer to run " +
          "where their data is (spark.locality.wait)."
      } else if (usable >= nanocores) "Cores are free: its tasks start in the next offer round."
      else busy
    Seq(first, keptForOthers, coming, exclusions).filter(_.nonEmpty).mkString(" ")
  }

  private def busy: String = {
    val lower = held.filter { case (of, _) => of < priority }.values.sum
    val holders = held.toSeq.filter(_._2 > 0).sortBy(-_._1.toLong)
      .map { case (of, nanos) => s"${cores(nanos)} by tasks of priority $of" }
    val lacks = isDue && party.nonEmpty
    val who = s"Held: ${listed(holders)}." +
      (if (lacks) s" The $party has less than its share of priority $priority." else "")
    if (holders.isEmpty) "No core is free for it."
    else if (lower == 0 && party.isEmpty) {
      s"$who None of these priorities is lower than its own."
    } else if (lower == 0 && !isDue) {
      s"$who The $party has its share of priority $priority: more of its tasks start when some " +
        "of them end, or others need less."
    } else if (!preempts) s"$who None is suspended, because of spark.neptune.preemption."
    else if (incoming > 0) who
    else if (victims > 0) s"$who The next offer round decides who is suspended for it."
    else if (spared > 0) {
      s"$who The ${count(spared, "task")} ${below(lower, lacks)} can't be suspended now: a task " +
        "of a barrier stage or a real-time query, one that has been suspended as often or as " +
        "long as allowed, one that has just been rescued, or one on an executor where " +
        "suspended tasks hold too much memory."
    } else s"$who Those ${below(lower, lacks)} are on their way to suspension, or about to end."
  }

  /** Which tasks may be suspended for it. */
  private def below(lower: Long, lacks: Boolean): String =
    Seq(
      if (lower > 0) Some("of lower priority") else None,
      if (lacks) Some("beyond their share") else None).flatten.mkString(" or ")

  private def keptForOthers: String =
    if (kept <= 0) ""
    else {
      s"Free, but reserved: ${cores(kept)}, for suspended tasks of its own or a higher " +
        "priority; a task suspended by hand waits until it is resumed by hand."
    }

  private def coming: String =
    if (incoming <= 0) ""
    else s"On their way: ${cores(incoming)}, of tasks that have been asked to suspend."

  private def exclusions: String =
    if (barred.isEmpty || barred.size >= executors) ""
    else s"It can't run on ${some(barred)}: excluded, or lacking resources other than cores."

  private def needed: Long = pending.toLong * nanocores
}

object Waiting {
  private val namedAtMost = 3

  private def cores(nanocores: Long): String = {
    val number = BigDecimal(nanocores, Nanocores.Decimals).underlying.stripTrailingZeros
      .toPlainString
    if (number == "1") "1 core" else s"$number cores"
  }

  private def count(number: Int, what: String): String =
    if (number == 1) s"1 $what" else s"$number ${what}s"

  private def some(executors: Set[String]): String = {
    val named = executors.toSeq.sortBy(id => (id.length, id)).take(namedAtMost)
    val more = executors.size - named.size
    val what = if (executors.size == 1) "executor " else "executors "
    what + (if (more > 0) named.mkString(", ") + s" and $more more" else listed(named))
  }

  private def listed(items: Seq[String]): String =
    if (items.size < 2) items.mkString else items.init.mkString(", ") + " and " + items.last
}
