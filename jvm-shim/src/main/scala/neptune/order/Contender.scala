package neptune.order

/** What is remembered of a party from deal to deal.
 *
 * @param usedCoreNs core-time that it had used when it was last told
 */
private[order] final class Standing(private var usedCoreNs: Long) {
  /** What of that it has used since the last deal. */
  var newlyUsed: Double = 0.0
  /** Core-time that it is owed, as of the last deal: less than zero, if it has had too much. */
  var owedCoreNs: Double = 0.0
  /** What of that this quantum is to make good; what is owed since is for the next one. */
  var settledCoreNs: Double = 0.0
  /** Its share since the last deal, in nanocores. */
  var share: Double = 0.0
  /** The most that it may be owed, or owe. */
  var boundCoreNs: Double = 0.0
  /** What it is due since the last deal, how many tasks that is, and since when it is more. */
  var due: Long = 0L
  var tasks: Int = 0
  var risenNs: Long = 0L
  /** Whether it has work, and when it last had. */
  var hasWork: Boolean = false
  var seenNs: Long = 0L

  def boundedCoreNs: Double = math.max(-boundCoreNs, math.min(owedCoreNs, boundCoreNs))

  /** Nobody says any more what it has used, perhaps: it is over, and had what it was due. */
  def goesUntold(sinceDealNs: Long): Unit = {
    newlyUsed = due / Dealer.core * sinceDealNs
    hasWork = false
  }

  def told(nowUsedCoreNs: Long): Unit = {
    newlyUsed = math.max(0L, nowUsedCoreNs - usedCoreNs).toDouble
    usedCoreNs = nowUsedCoreNs
  }

  /** It has no work. */
  def rests(): Unit = {
    owedCoreNs = math.min(0.0, owedCoreNs)
    settledCoreNs = math.min(0.0, settledCoreNs)
    share = 0.0
    due = 0L
    tasks = 0
  }

  /** It is owed nothing, and owes nothing. */
  def settles(): Unit = {
    owedCoreNs = 0.0
    settledCoreNs = 0.0
  }
}

/** A party while cores are dealt.
 *
 * @param arrival its place among the parties
 * @param isKeeping whether a quantum has not passed yet since it was dealt the tasks that it is due
 */
private[order] final class Contender(
    val claim: Claim, val arrival: Int, val standing: Standing, val isKeeping: Boolean) {
  val usable: Long = claim.usable
  val mostTasks: Int = math.min(Int.MaxValue.toLong, (usable - 1) / claim.perTask + 1).toInt
  var weight: Double = claim.weight
  var share: Double = 0.0
  /** What it should have on average until the quantum ends, in nanocores. */
  var target: Double = 0.0
  /** How many tasks it is due whatever it owes, and how many in all. */
  var assuredTasks: Int = 0
  var tasks: Int = 0

  def min: Double = math.max(0L, math.min(claim.min, usable)).toDouble

  /** What so many of its tasks need. */
  def nanocores(count: Int): Long = math.min(usable, count * claim.perTask)
  def due: Long = nanocores(tasks)

  /** So many of its tasks as fit in, in whole ones. */
  def tasksIn(nanocores: Double): Int =
    math.min(mostTasks.toDouble, math.floor(nanocores / claim.perTask + Contender.hair)).toInt
}

private[order] object Contender {
  /** Of a task: differences that are none, but rounding errors. */
  val hair: Double = 1e-6
}
