package org.apache.spark.neptune.driver.sharing

import neptune.core.{Account, TaskEntry}
import neptune.order.Claim

/** One of those among whom the cores of a limit are shared: a party, as far as the limit binds its
 *  tasks; or those of a level that have no party.
 *
 * THREADING: under the scheduler's lock.
 *
 * @param limit the account of all whom the limit binds
 * @param baseCoreNs core-time that the party used before
 */
private[sharing] final class LimitPart(
    name: String, val limit: Account, val level: Int, val party: Option[Party], baseCoreNs: Long) {
  val account: Account = new Account(name)
  /** What it may hold; all that there is while nobody contends for the limit's cores. */
  var dueNanocores: Long = Long.MaxValue
  private var waitingNanocores = 0L
  private var perTaskWaiting = 0L
  private var unbookedNanocores = 0L

  /** No task of its waits, as far as is known in this round. */
  def beginRound(): Unit = {
    waitingNanocores = 0L
    perTaskWaiting = 0L
    unbookedNanocores = 0L
  }

  /** Tasks wait that nothing else keeps from starting.
   *
   * @param nanocores what all of them need
   * @param perTask what each needs
   */
  def waits(nanocores: Long, perTask: Long): Unit = {
    waitingNanocores += nanocores
    perTaskWaiting = math.max(perTaskWaiting, perTask)
  }

  def isWaiting: Boolean = waitingNanocores > 0
  /** Whether it wants cores and is due some. */
  def isServed: Boolean = wantedNanocores > 0 && dueNanocores > 0
  def wantedNanocores: Long = account.liveNanocores + waitingNanocores
  def perTask: Long = account.taskNanocores.foldLeft(perTaskWaiting)(math.max)

  def roomFor(nanocores: Long): Long =
    if (dueNanocores == Long.MaxValue) Long.MaxValue
    else {
      val counted = account.liveNanocores - account.barredNanocores + unbookedNanocores
      math.max(0L, (dueNanocores - counted) / nanocores)
    }

  def launched(nanocores: Long): Unit = unbookedNanocores += nanocores
  def booked(nanocores: Long): Unit =
    unbookedNanocores = math.max(0L, unbookedNanocores - nanocores)

  def claim(nowNs: Long): Claim = Claim(
    account.name, party.fold(1.0)(_.weight), min = 0L, most = Long.MaxValue, math.max(1L, perTask),
    account.heldNanocores, wantedNanocores, baseCoreNs + account.usedCoreNs(nowNs))

  /** Its tasks beyond what is due: first those that can't be suspended have that, then those that
   *  run, and of these the one that was launched first. */
  def over: Seq[TaskEntry] =
    if (account.liveNanocores <= dueNanocores) Nil
    else {
      var left = dueNanocores
      val (fixed, others) = account.tasks.toList.partition(!_.task.suspendable)
      val (running, suspended) = others.partition(_.isRunning)
      (fixed ++ running ++ suspended).filterNot { entry =>
        val fits = !entry.task.suspendable || entry.task.nanocores <= left
        if (fits) left -= entry.task.nanocores
        fits
      }
    }
}
