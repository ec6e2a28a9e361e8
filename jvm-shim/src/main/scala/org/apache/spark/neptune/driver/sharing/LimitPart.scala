package org.apache.spark.neptune.driver.sharing

import neptune.core.{Account, TaskEntry}
import neptune.order.Claim

/** A party, as far as a limit binds its tasks.
 *
 * THREADING: under the scheduler's lock.
 *
 * @param limit the account of all whom the limit binds
 * @param baseCoreNs core-time that the party used before
 */
private[sharing] final class LimitPart(
    name: String, val limit: Account, val party: Party, baseCoreNs: Long) {
  val account: Account = new Account(name)
  /** What it may hold; all that there is while nobody contends for the limit's cores. */
  var dueNanocores: Long = Long.MaxValue
  private var waitingNanocores = 0L
  private var perTaskWaiting = Set.empty[Long]
  private var unbookedNanocores = 0L
  private val asked = new Asked

  /** No task of its waits, as far as is known in this round. */
  def beginRound(): Unit = {
    waitingNanocores = 0L
    perTaskWaiting = Set.empty
    unbookedNanocores = 0L
  }

  /** Tasks wait that may start where there are cores.
   *
   * @param nanocores what all of them need
   * @param perTask what each needs
   */
  def waits(nanocores: Long, perTask: Long): Unit = {
    waitingNanocores += nanocores
    perTaskWaiting += perTask
  }

  def isWaiting: Boolean = waitingNanocores > 0
  def wantedNanocores: Long = account.liveNanocores + waitingNanocores
  /** What it has of the limit's cores: all but what has made room. */
  def countedNanocores: Long = account.liveNanocores - account.barredNanocores
  /** What it is due and has not. */
  def lackingNanocores: Long = math.max(0L, shortNanocores)
  /** The same; less than zero if it has more than what is due. */
  def shortNanocores: Long = math.min(dueNanocores, wantedNanocores) - countedNanocores

  def roomFor(nanocores: Long): Long =
    if (dueNanocores == Long.MaxValue) Long.MaxValue
    else math.max(0L, (dueNanocores - countedNanocores - unbookedNanocores) / nanocores)

  def launched(nanocores: Long): Unit = unbookedNanocores += nanocores
  def booked(nanocores: Long): Unit =
    unbookedNanocores = math.max(0L, unbookedNanocores - nanocores)

  /** What its tasks need, each number once. */
  def sizes: Set[Long] = perTaskWaiting ++ account.taskNanocores

  private def nanocoresPerTask(capacity: Long): Long = Asked.perTask(sizes.iterator, capacity)

  /** Whether it asks for something else than when it was last asked this. */
  def asksAnew(capacity: Long): Boolean = asked.isNew(
    math.min(wantedNanocores, capacity), party.ownMinNanocores, party.weight,
    nanocoresPerTask(capacity))

  def claim(capacity: Long, nowNs: Long): Claim = Claim(
    account.name, party.weight, party.ownMinNanocores, most = Long.MaxValue,
    nanocoresPerTask(capacity), account.heldNanocores, wantedNanocores,
    baseCoreNs + account.usedCoreNs(nowNs))

  /** Its tasks beyond what is due, those last that are to make room last: first those that can't be
   *  suspended have what is due, then those that run, and of these the one that was launched first.
   *  Who is suspended manually comes last, for it may stay so for ever.
   *
   * @param mayYield whether a running task may be suspended now: in the place of one that may not,
   *                 another one of the party's is
   * @param swaps which of those that are alike come first
   */
  def beyond(mayYield: TaskEntry => Boolean, swaps: LimitSwaps): Seq[TaskEntry] =
    if (account.liveNanocores <= dueNanocores) Nil
    else {
      val found = beyondBut(!_.task.suspendable, swaps)
      val stay = found.iterator.filter(entry => entry.isRunning && !mayYield(entry)).toSet
      if (stay.isEmpty) found
      else {
        beyondBut(entry => !entry.task.suspendable || stay(entry), swaps)
          .filter(entry => !entry.isRunning || mayYield(entry))
      }
    }

  private def beyondBut(stays: TaskEntry => Boolean, swaps: LimitSwaps): Seq[TaskEntry] = {
    var left = dueNanocores
    account.tasks.toList.sortBy(entry => if (stays(entry)) 0 else LimitPart.rank(entry, swaps))
      .filterNot { entry =>
        val fits = stays(entry) || entry.task.nanocores <= left
        if (fits) left -= entry.task.nanocores
        fits
      }.reverse
  }
}

private object LimitPart {
  /** A stable sort keeps the order of launch. */
  private def rank(entry: TaskEntry, swaps: LimitSwaps): Int =
    if (entry.isManual) 6
    else if (entry.task.rank.isHeld) { if (swaps.returnsFirst(entry)) 4 else 5 }
    else if (!entry.isRunning) 2
    else if (swaps.yieldsFirst(entry)) 3
    else 1
}
