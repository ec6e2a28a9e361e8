package org.apache.spark.neptune.driver.sharing

import java.util.IdentityHashMap

import scala.collection.mutable
import scala.jdk.CollectionConverters._

import neptune.core.{Account, CoreLedger, ExecutorCores, Rank, TaskEntry}

/** Which suspended tasks of parties that have less than their due come back first, and which
 *  running ones of those that have more yield for them: on the same executors, since a suspended
 *  task can go on nowhere else. Otherwise others would be suspended elsewhere for new tasks of the
 *  former, ever more tasks would have been started, and they would be left waiting where the last
 *  cores are busy.
 *
 *  New tasks that need several cores have others yield on the same executor, too: a core on each of
 *  several is of no use to them.
 *
 * THREADING: under the scheduler's lock.
 *
 * @param level of all the parties
 * @param mayYield whether a running task may be suspended now
 */
private[sharing] final class Exchanges(
    ledger: CoreLedger, level: Int, mayYield: TaskEntry => Boolean) {
  import Exchanges._

  private val yields = mutable.LongMap.empty[Unit]
  private val returns = mutable.LongMap.empty[Unit]
  /** The parties of these tasks. */
  private var matched = Set.empty[Party]
  /** What comes free on an executor, and nobody is to have yet; of those that were looked at. Less
   *  than none after a rescue: so much has to come free before anybody has it. */
  private val coming = new IdentityHashMap[ExecutorCores, Long]
  /** Some of the tasks for want of which there was no room: they were not to be suspended then. */
  private val refused = mutable.LongMap.empty[TaskEntry]
  /** The parties that run more than what is due to them, and how much more. */
  private val owing = new IdentityHashMap[Account, Owing]

  def yieldsFirst(entry: TaskEntry): Boolean = yields.contains(entry.task.taskId)
  def returnsFirst(entry: TaskEntry): Boolean = returns.contains(entry.task.taskId)

  /** Whether one may be suspended by now that was not to be when this was last looked for: nothing
   *  else tells that its rest is over, say. To be asked in each round: who is asked sees to it that
   *  there is one in time. */
  def isToLookAgain: Boolean =
    refused.valuesIterator.exists(entry => entry.isRunning && mayYield(entry))

  /** Chooses anew.
   *
   * @param parties that contend for the level's cores
   * @return those whose tasks are to be ranked anew
   */
  def look(parties: Iterator[Party]): Set[Party] = {
    val before = matched
    forget()
    val lacking = mutable.ArrayBuffer.empty[Party]
    parties.foreach { party =>
      val more = party.account.runningNanocores - party.dueNanocores
      if (more > 0) owing.put(party.account, new Owing(party, more))
      else if (more < 0) lacking += party
    }
    // All that come back before any that are new, for which there are other executors.
    lacking.sortBy(_.turn).map(party => party -> bringBack(party)).foreach { case (party, lacks) =>
      makeRoom(party, lacks)
    }
    before ++ matched
  }

  def forget(): Unit = {
    yields.clear()
    returns.clear()
    matched = Set.empty
    refused.clear()
    coming.clear()
    owing.clear()
  }

  /** @return what the party lacks then */
  private def bringBack(party: Party): Long = {
    var lacks = party.dueNanocores - party.account.runningNanocores
    // First those for which nobody need yield.
    if (party.account.tasksHolding < party.account.size) {
      for (mayAsk <- Seq(false, true) if lacks > 0) {
        party.account.tasks.takeWhile(_ => lacks > 0).filter(mayReturn(_, lacks)).foreach { entry =>
          if (returnsTo(party, entry, mayAsk)) lacks -= entry.task.nanocores
        }
      }
    }
    lacks
  }

  /** Has others yield for new tasks of the party that are larger than some of theirs, where it may
   *  have tasks: first for the largest, but what these can't have is for the smaller ones. */
  private def makeRoom(party: Party, lacks: Long): Unit = {
    var left = lacks
    party.waiting.foreach { tasks =>
      val most = math.min(left, tasks.nanocores) / tasks.perTask
      if (most > 0 && isLarger(tasks)) left -= makeRoomFor(tasks, most) * tasks.perTask
    }
  }

  private def isLarger(tasks: WaitingTasks): Boolean =
    owing.values.asScala.exists(_.party.account.smallestNanocores < tasks.perTask)

  /** @return for how many tasks */
  private def makeRoomFor(tasks: WaitingTasks, most: Long): Long = {
    val pages = ledger.pagesBut(tasks.barred())
    var made = 0L
    while (made < most && pages.hasNext) {
      made += makeRoomOn(pages.next(), tasks.perTask, most - made)
    }
    made
  }

  /** @return for how many tasks */
  private def makeRoomOn(page: ExecutorCores, perTask: Long, most: Long): Long = {
    var made = 0L
    while (made < most && keeps(page, perTask, mayAsk = true)) made += 1
    made
  }

  private def returnsTo(party: Party, entry: TaskEntry, mayAsk: Boolean): Boolean =
    ledger.pageOf(entry.task.executorId).exists(keeps(_, entry.task.nanocores, mayAsk)) && {
      returns(entry.task.taskId) = ()
      matched += party
      true
    }

  /** Keeps cores of an executor for one task, if there are enough.
   *
   * @param mayAsk whether others may have to yield
   */
  private def keeps(page: ExecutorCores, nanocores: Long, mayAsk: Boolean): Boolean = {
    val free = freeOn(page)
    val victims =
      if (free >= nanocores) Some(Nil)
      else if (mayAsk) victimsOn(page, nanocores - free)
      else None
    victims.foreach { found =>
      coming.put(page, free + found.map(_.task.nanocores).sum - nanocores)
      found.foreach(yieldOne)
    }
    victims.isDefined
  }

  private def yieldOne(victim: TaskEntry): Unit = owingOf(victim).foreach { owner =>
    owner.nanocores -= victim.task.nanocores
    yields(victim.task.taskId) = ()
    matched += owner.party
  }

  private def freeOn(page: ExecutorCores): Long =
    if (coming.containsKey(page)) coming.get(page)
    else {
      page.idleNanocores + ledger.incomingNanocores(page.executorId, Rank.within(level))
    }

  /** Those launched last, as where nobody waits; None if there are not enough. */
  private def victimsOn(page: ExecutorCores, nanocores: Long): Option[Seq[TaskEntry]] = {
    val charged = new IdentityHashMap[Owing, Long]
    val found = mutable.ListBuffer.empty[TaskEntry]
    val resting = mutable.ListBuffer.empty[TaskEntry]
    var left = nanocores
    page.tasks.filter(isCandidate).toList.reverseIterator.takeWhile(_ => left > 0)
      .foreach { entry =>
        for (owner <- owingOf(entry)) {
          val before = charged.getOrDefault(owner, 0L)
          // The last one may be larger than what its party has too much.
          if (before < owner.nanocores) {
            if (mayYield(entry)) {
              charged.put(owner, before + entry.task.nanocores)
              left -= entry.task.nanocores
              found += entry
            } else resting += entry
          }
        }
      }
    if (left <= 0) Some(found.toList)
    else {
      resting.iterator.take(refusedAtMost - refused.size)
        .foreach(entry => refused(entry.task.taskId) = entry)
      None
    }
  }

  private def mayReturn(entry: TaskEntry, lacks: Long): Boolean =
    entry.task.nanocores <= lacks && !entry.holdsCore && !entry.isManual &&
      !entry.task.rank.isHeld && !returnsFirst(entry)

  private def isCandidate(entry: TaskEntry): Boolean =
    entry.isRunning && entry.task.suspendable && !entry.task.rank.isHeld && !yieldsFirst(entry)

  private def owingOf(entry: TaskEntry): Option[Owing] =
    entry.task.accounts.lift(Party.placeOfAccount).flatMap(account => Option(owing.get(account)))
}

private object Exchanges {
  /** Each of them is asked in each round, and some may refuse for ever. */
  private val refusedAtMost = 32
}

/** What a party's running tasks have more than what is due to it. */
private final class Owing(val party: Party, var nanocores: Long)
