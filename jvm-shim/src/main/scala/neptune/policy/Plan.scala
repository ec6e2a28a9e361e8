package neptune.policy

import scala.collection.mutable

import neptune.core.{
  Decision, ExecutorSnapshot, Nanocores, PendingTasks, Placement, RunningTask, Snapshot, Victim}

/** How a policy compares executors and tasks; keys are compared number by number, the lower first,
 *  and ties go to another executor for each stage.
 */
private[policy] trait Ranking {
  /** For the executor that gets the next pending task. */
  def placing(candidate: Candidate): Array[Long]
  /** For the executor that gives the next victim. */
  def giving(candidate: Candidate): Array[Long]
  /** For the next victim among an executor's tasks of one rank. */
  def victim(candidate: Candidate, task: RunningTask): Array[Long]
  /** The preferred executors that are tried before any other, set by set. */
  def tiers(group: PendingTasks): Seq[Set[String]]
  /** Why this executor, as it is now, gives this victim; put into words only if somebody asks. */
  def reason(candidate: Candidate, task: RunningTask): () => String
}

/** An executor while a plan is made, which may take pending tasks or give victims.
 *
 * @param index its place in the snapshot
 * @param turn what decides between equal candidates
 */
private[policy] final class Candidate(
    val view: ExecutorSnapshot, val index: Int, val turn: Int) {
  /** Cores that are free, or will be, and not planned for yet. */
  var freeNanocores: Long = view.freeNanocores
  /** Tasks that are planned to start here, and to be suspended here. */
  var placed: Int = 0
  var yielded: Int = 0
  /** Counts changes, so that a queue knows what it holds of old. */
  var stamp: Int = 0

  def executorId: String = view.executorId
  /** Running tasks that will be left of those there are now. */
  def left: Int = view.load - yielded
  /** Running tasks that there will be. */
  def load: Int = left + placed
  /** Thousandths of a task that there will be for each core, suspended ones included: these can go
   *  on only here, whatever is idle elsewhere. */
  def crowd: Long =
    (view.load + view.suspended + placed) * 1000L * Nanocores.PerCore /
      math.max(1L, view.totalNanocores)
}

/** Books free cores and victims while a policy works through the pending tasks.
 *
 * Each pending task takes a core that is free, or will be, if possible on an executor that it
 * prefers. Where there is none, victims are found: first where it prefers to run, then anywhere;
 * of the lowest rank first; from the executor, and there the tasks, that the ranking puts
 * first.
 */
private[policy] final class Plan(snapshot: Snapshot, ranking: Ranking) {
  import Plan._

  private val candidates: Array[Candidate] = {
    val all = snapshot.executors
    // Else one job after the other would suspend the same tasks, where all executors are alike.
    val first = snapshot.pending.headOption.fold(0)(group => spread(group.stageId, all.size))
    Array.tabulate(all.size)(i => new Candidate(all(i), i, Math.floorMod(i - first, all.size)))
  }
  private val tiersOf = snapshot.pending.map(ranking.tiers)
  /** The candidates that some group prefers, mostly few of ten thousand. */
  private lazy val preferred: collection.Map[String, Candidate] = {
    val ids = mutable.HashSet.empty[String]
    tiersOf.foreach(_.foreach(ids ++= _))
    val found = mutable.HashMap.empty[String, Candidate]
    if (ids.nonEmpty) candidates.foreach(c => if (ids(c.executorId)) found(c.executorId) = c)
    found
  }
  private val possibleVictims = mutable.LongMap.empty[List[RunningTask]]
  private val victims = mutable.ArrayBuffer.empty[Victim]
  private val placements = mutable.LinkedHashMap.empty[(Int, String), Int]
  private val takers =
    new CandidateQueue(c => if (c.freeNanocores > 0) 0L else none, ranking.placing)
  private lazy val givers = {
    val queue = new CandidateQueue(lowest, ranking.giving)
    queue.fill(candidates)
    queue
  }
  private var giversAreOpen = false

  takers.fill(candidates)

  def decision: Decision = {
    snapshot.pending.zipWithIndex.foreach { case (group, index) =>
      if (group.together) allOrNothing(placeAll(group, index)) else placeAll(group, index)
    }
    Decision(
      victims.toList,
      placements.iterator.map { case ((group, id), count) => Placement(group, id, count) }.toList)
  }

  /** Places the group's tasks one by one; false as soon as there is no core for one. */
  private def placeAll(group: PendingTasks, index: Int): Boolean = {
    val tiers = tiersOf(index).map(ids =>
      ids.iterator.filterNot(group.refused).flatMap(preferred.get).toArray.sortBy(_.index))
    Iterator.fill(group.count)(placeOne(group, index, tiers)).forall(identity)
  }

  private def placeOne(group: PendingTasks, index: Int, tiers: Seq[Array[Candidate]]): Boolean = {
    def open(candidate: Candidate): Boolean = !group.refused(candidate.executorId)
    def fits(candidate: Candidate): Boolean = candidate.freeNanocores >= group.nanocores
    def gives(candidate: Candidate): Boolean = takenFor(candidate, group.nanocores).isDefined
    val free = firstIn(tiers, fits, _ => 0L, ranking.placing)
      .orElse(takers.first(c => open(c) && fits(c)))
    def victimised = firstIn(tiers, gives, lowest, ranking.giving)
      .orElse {
        giversAreOpen = true
        givers.first(c => open(c) && gives(c))
      }
    free.orElse {
      val candidate = victimised
      candidate.foreach(c => suspend(c, takenFor(c, group.nanocores).get))
      candidate
    }.map { candidate =>
      change(candidate) {
        candidate.freeNanocores -= group.nanocores
        candidate.placed += 1
      }
      val key = (index, candidate.executorId)
      placements(key) = placements.getOrElse(key, 0) + 1
    }.isDefined
  }

  /** The best candidate of the first tier that has a fit one. */
  private def firstIn(
      tiers: Seq[Array[Candidate]], fit: Candidate => Boolean, level: Candidate => Long,
      key: Candidate => Array[Long]): Option[Candidate] =
    tiers.iterator.map(_.filter(fit)).collectFirst {
      case some if some.nonEmpty =>
        some.map(c => new Entry(c, level(c), key(c))).min(entryOrder).candidate
    }

  /** The victims that the candidate would give for so many cores: as few as will do. */
  private def takenFor(candidate: Candidate, nanocores: Long): Option[List[RunningTask]] = {
    val available = possibleVictimsOf(candidate)
    var sum = candidate.freeNanocores
    var count = 0
    val rest = available.iterator
    while (sum < nanocores && rest.hasNext) {
      sum += rest.next().nanocores
      count += 1
    }
    if (count > 0 && sum >= nanocores) Some(available.take(count)) else None
  }

  private def suspend(candidate: Candidate, taken: List[RunningTask]): Unit = {
    victims ++= taken.map { task =>
      val reason = ranking.reason(candidate, task)
      Victim.because(task.taskId, candidate.executorId)(reason())
    }
    change(candidate) {
      possibleVictims(candidate.index.toLong) = possibleVictimsOf(candidate).drop(taken.size)
      candidate.yielded += taken.size
      candidate.freeNanocores += taken.iterator.map(_.nanocores).sum
    }
  }

  private def possibleVictimsOf(candidate: Candidate): List[RunningTask] =
    possibleVictims.getOrElseUpdate(candidate.index.toLong, candidate.view.tasks.iterator
      .filter(_.suspendable)
      .map(t => (ranking.victim(candidate, t), t)).toList
      .sorted(victimOrder).map(_._2))

  /** The lowest rank of the candidate's possible victims, or `none`; as the view has it, until they
   *  have been looked at. */
  private def lowest(candidate: Candidate): Long = {
    val known = possibleVictims.getOrNull(candidate.index.toLong)
    if (known == null) candidate.view.lowestRank.fold(none)(_.order)
    else known.headOption.fold(none)(_.rank.order)
  }

  private def change(candidate: Candidate)(act: => Unit): Unit = {
    act
    candidate.stamp += 1
    takers.add(candidate)
    if (giversAreOpen) givers.add(candidate)
  }

  /** Keeps what `act` booked only if it succeeded. */
  private def allOrNothing(act: => Boolean): Unit = {
    val before = candidates.map(c => (c.freeNanocores, c.placed, c.yielded))
    val (hadPossibleVictims, hadVictims, hadPlacements) =
      (possibleVictims.toMap, victims.size, placements.toList)
    if (!act) {
      possibleVictims.clear()
      possibleVictims ++= hadPossibleVictims
      victims.remove(hadVictims, victims.size - hadVictims)
      placements.clear()
      placements ++= hadPlacements
      candidates.zip(before).filter { case (candidate, (free, placed, yielded)) =>
        candidate.freeNanocores != free || candidate.placed != placed ||
          candidate.yielded != yielded
      }.foreach { case (candidate, (free, placed, yielded)) =>
        change(candidate) {
          candidate.freeNanocores = free
          candidate.placed = placed
          candidate.yielded = yielded
        }
      }
    }
  }
}

private[policy] object Plan {
  /** One of so many places for a number, another for the next one, and as evenly for every second
   *  or third: multiples of the golden ratio (Knuth, The Art of Computer Programming, 6.4).
   */
  private def spread(number: Int, places: Int): Int =
    ((((number * 0x9E3779B97F4A7C15L) >>> 33) * places) >>> 31).toInt

  /** In the place of a rank: nobody can be suspended. */
  private val none = Long.MaxValue

  private def compareKeys(a: Array[Long], b: Array[Long]): Int = {
    val common = math.min(a.length, b.length)
    var i = 0
    while (i < common && a(i) == b(i)) i += 1
    if (i < common) java.lang.Long.compare(a(i), b(i)) else Integer.compare(a.length, b.length)
  }

  private val victimOrder: Ordering[(Array[Long], RunningTask)] = (a, b) => {
    val byRank = java.lang.Long.compare(a._2.rank.order, b._2.rank.order)
    val byKey = if (byRank != 0) byRank else compareKeys(a._1, b._1)
    if (byKey != 0) byKey else java.lang.Long.compare(b._2.arrival, a._2.arrival)
  }

  /** A candidate with what it was ranked by: first a level, then the ranking's key, then its
   *  turn. */
  private[policy] final class Entry(
      val candidate: Candidate, val level: Long, val key: Array[Long]) {
    private val stamp = candidate.stamp
    def isStale: Boolean = stamp != candidate.stamp
  }

  private[policy] val entryOrder: Ordering[Entry] = (a, b) => {
    val byLevel = java.lang.Long.compare(a.level, b.level)
    val byKey = if (byLevel != 0) byLevel else compareKeys(a.key, b.key)
    if (byKey != 0) byKey else Integer.compare(a.candidate.turn, b.candidate.turn)
  }

  /** Candidates in order. A candidate that changes is added anew; its old entry is stale.
   *
   * @param level a number that comes before the key; `none` keeps a candidate out
   */
  private final class CandidateQueue(level: Candidate => Long, key: Candidate => Array[Long]) {
    private val queue = mutable.PriorityQueue.empty[Entry](entryOrder.reverse)

    def fill(candidates: Array[Candidate]): Unit =
      queue ++= candidates.iterator.map(entry).filter(_ != null)

    def add(candidate: Candidate): Unit = {
      val made = entry(candidate)
      if (made != null) queue += made
    }

    /** The first candidate for which `test` holds; it stays in the queue. */
    def first(test: Candidate => Boolean): Option[Candidate] = {
      val passed = mutable.ArrayBuffer.empty[Entry]
      var found = Option.empty[Candidate]
      while (found.isEmpty && queue.nonEmpty) {
        val head = queue.dequeue()
        if (!head.isStale) {
          val fits = test(head.candidate)
          // The test may have found that the candidate does not belong here.
          val itsLevel = level(head.candidate)
          if (itsLevel == head.level) {
            passed += head
            if (fits) found = Some(head.candidate)
          } else if (itsLevel != none) queue += new Entry(head.candidate, itsLevel, head.key)
        }
      }
      queue ++= passed
      found
    }

    /** Null keeps the candidate out: there may be ten thousand of them. */
    private def entry(candidate: Candidate): Entry = {
      val itsLevel = level(candidate)
      if (itsLevel == none) null else new Entry(candidate, itsLevel, key(candidate))
    }
  }
}

/** A policy that is a ranking. */
private[policy] abstract class RankedPolicy extends Policy with Ranking {
  final override def decide(snapshot: Snapshot): Decision = new Plan(snapshot, this).decision

  final override def offerOrder(executors: IndexedSeq[ExecutorSnapshot]): Seq[String] =
    executors.indices.iterator.map { i =>
      val candidate = new Candidate(executors(i), i, i)
      new Plan.Entry(candidate, 0L, placing(candidate))
    }.toArray.sorted(Plan.entryOrder).map(_.candidate.executorId).toSeq
}
