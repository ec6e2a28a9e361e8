package org.apache.spark.neptune.driver.sharing

import java.util.IdentityHashMap

import scala.collection.mutable

import neptune.core.{Account, CoreLedger, ExecutorCores, Rank, TaskEntry}

/** Which suspended tasks of parties that have less than their due come back first, and which
 *  running ones of those that have more yield for them: on the same executors, since a suspended
 *  task can go on nowhere else. Otherwise others would be suspended elsewhere for new tasks of the
 *  former, ever more tasks would have been started, and they would be left waiting where the last
 *  cores are busy.
 *
 * THREADING: under the scheduler's lock.
 *
 * @param level of all the parties
 */
private[sharing] final class Exchanges(ledger: CoreLedger, level: Int) {
  private val yields = mutable.LongMap.empty[Unit]
  private val returns = mutable.LongMap.empty[Unit]
  /** The parties of these tasks. */
  private var matched = Set.empty[Party]
  /** What comes free on an executor, and nobody is to have yet; of those that were looked at. */
  private val coming = new IdentityHashMap[ExecutorCores, Long]

  def yieldsFirst(entry: TaskEntry): Boolean = yields.contains(entry.task.taskId)
  def returnsFirst(entry: TaskEntry): Boolean = returns.contains(entry.task.taskId)

  /** Chooses anew.
   *
   * @param parties that contend for the level's cores
   * @return those whose tasks are to be ranked anew
   */
  def look(parties: Iterator[Party]): Set[Party] = {
    val before = matched
    forget()
    val owing = new IdentityHashMap[Account, Owing]
    val lacking = mutable.ArrayBuffer.empty[Party]
    parties.foreach { party =>
      val more = party.account.runningNanocores - party.dueNanocores
      if (more > 0) owing.put(party.account, new Owing(party, more))
      else if (more < 0 && party.account.tasksHolding < party.account.size) lacking += party
    }
    lacking.foreach(exchange(_, owing))
    coming.clear()
    before ++ matched
  }

  def forget(): Unit = {
    yields.clear()
    returns.clear()
    matched = Set.empty
  }

  private def exchange(party: Party, owing: IdentityHashMap[Account, Owing]): Unit = {
    var lacks = party.dueNanocores - party.account.runningNanocores
    party.account.tasks.filter(mayReturn).foreach { entry =>
      val nanocores = entry.task.nanocores
      for (page <- ledger.pageOf(entry.task.executorId) if nanocores <= lacks) {
        val free = freeOn(page)
        val victims = if (free >= nanocores) Some(Nil) else victimsOn(page, nanocores - free, owing)
        victims.foreach { found =>
          coming.put(page, free + found.map(_.task.nanocores).sum - nanocores)
          found.foreach(yieldOne(_, owing))
          returns(entry.task.taskId) = ()
          lacks -= nanocores
          matched += party
        }
      }
    }
  }

  private def yieldOne(victim: TaskEntry, owing: IdentityHashMap[Account, Owing]): Unit = {
    val account = victim.task.accounts(Party.placeOfAccount)
    val owner = owing.get(account)
    owner.nanocores -= victim.task.nanocores
    if (owner.nanocores <= 0) owing.remove(account)
    yields(victim.task.taskId) = ()
    matched += owner.party
  }

  private def freeOn(page: ExecutorCores): Long =
    if (coming.containsKey(page)) coming.get(page)
    else {
      math.max(0L, page.idleNanocores) +
        ledger.incomingNanocores(page.executorId, Rank.within(level))
    }

  /** Those launched last, as where nobody waits; None if there are not enough. */
  private def victimsOn(
      page: ExecutorCores, nanocores: Long, owing: IdentityHashMap[Account, Owing])
      : Option[Seq[TaskEntry]] = {
    var left = nanocores
    val found = mutable.ListBuffer.empty[TaskEntry]
    page.tasks.filter(mayYield(_, owing)).toList.reverseIterator.takeWhile(_ => left > 0)
      .foreach { entry =>
        left -= entry.task.nanocores
        found += entry
      }
    if (left > 0) None else Some(found.toList)
  }

  private def mayReturn(entry: TaskEntry): Boolean =
    !entry.holdsCore && !entry.isManual && !entry.task.rank.isHeld

  private def mayYield(entry: TaskEntry, owing: IdentityHashMap[Account, Owing]): Boolean =
    entry.isRunning && entry.task.suspendable && !yieldsFirst(entry) &&
      entry.task.accounts.lift(Party.placeOfAccount).exists(owing.containsKey(_))
}

/** What a party's running tasks have more than what is due to it. */
private final class Owing(val party: Party, var nanocores: Long)
