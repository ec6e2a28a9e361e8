package neptune.policy

import scala.collection.mutable

import neptune.core.{
  Decision, ExecutorView, PendingTasks, Placement, RunningTask, Snapshot, Victim}

/** How a policy compares executors and tasks; keys are compared number by number, the lower first,
 *  and ties go to what came first.
 */
private[policy] trait Ranking {
  /** For the executor that gets the next pending task. */
  def placing(seat: Seat): Array[Long]
  /** For the executor that gives the next victim. */
  def giving(seat: Seat): Array[Long]
  /** For the next victim among tasks of one executor and priority. */
  def victim(task: RunningTask): Array[Long]
  /** The preferred executors that are tried before any other, set by set. */
  def tiers(group: PendingTasks): Seq[Set[String]]
  /** Why this executor, as it is now, gives this victim; put into words only if somebody asks. */
  def reason(seat: Seat, task: RunningTask): () => String
}

/** An executor while a plan is made.
 *
 * @param index its place in the snapshot
 */
private[policy] final class Seat(val view: ExecutorView, val index: Int) {
  /** Cores that are free, or will be, and not planned for yet. */
  var free: Long = view.free
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
}

/** Books free cores and victims while a policy works through the pending tasks.
 *
 * Each pending task takes a core that is free, or will be, if possible on an executor that it
 * prefers. Where there is none, victims are found: first where it prefers to run, then anywhere;
 * of the lowest priority first; from the executor, and there the tasks, that the ranking puts
 * first.
 */
private[policy] final class Plan(snapshot: Snapshot, ranking: Ranking) {
  import Plan._

  private val seats: Array[Seat] =
    Array.tabulate(snapshot.executors.size)(i => new Seat(snapshot.executors(i), i))
  private lazy val byId = seats.iterator.map(s => s.executorId -> s).toMap
  private val candidates = mutable.LongMap.empty[List[RunningTask]]
  private val victims = mutable.ArrayBuffer.empty[Victim]
  private val placements = mutable.LinkedHashMap.empty[(Int, String), Int]
  private val takers = new SeatQueue(s => if (s.free > 0) 0L else none, ranking.placing)
  private lazy val givers = {
    val queue = new SeatQueue(lowest, ranking.giving)
    queue.fill(seats)
    queue
  }
  private var giversAreOpen = false

  takers.fill(seats)

  def decision: Decision = {
    snapshot.pending.zipWithIndex.foreach { case (group, index) =>
      if (group.together) allOrNothing(placeAll(group, index)) else placeAll(group, index)
    }
    Decision(
      victims.toSeq,
      placements.iterator.map { case ((group, id), count) => Placement(group, id, count) }.toSeq)
  }

  /** Places the group's tasks one by one; false as soon as there is no core for one. */
  private def placeAll(group: PendingTasks, index: Int): Boolean = {
    val tiers = ranking.tiers(group).map(ids =>
      ids.iterator.filterNot(group.refused).flatMap(byId.get).toArray.sortBy(_.index))
    Iterator.fill(group.count)(placeOne(group, index, tiers)).forall(identity)
  }

  private def placeOne(group: PendingTasks, index: Int, tiers: Seq[Array[Seat]]): Boolean = {
    def open(seat: Seat): Boolean = !group.refused(seat.executorId)
    def fits(seat: Seat): Boolean = seat.free >= group.cores
    def gives(seat: Seat): Boolean = takenFor(seat, group.cores).isDefined
    val free = firstIn(tiers, fits, _ => 0L, ranking.placing)
      .orElse(takers.first(s => open(s) && fits(s)))
    def victimised = firstIn(tiers, gives, lowest, ranking.giving)
      .orElse {
        giversAreOpen = true
        givers.first(s => open(s) && gives(s))
      }
    free.orElse {
      val seat = victimised
      seat.foreach(s => suspend(s, takenFor(s, group.cores).get))
      seat
    }.map { seat =>
      change(seat) {
        seat.free -= group.cores
        seat.placed += 1
      }
      val key = (index, seat.executorId)
      placements(key) = placements.getOrElse(key, 0) + 1
    }.isDefined
  }

  /** The best seat of the first tier that has a fit one. */
  private def firstIn(
      tiers: Seq[Array[Seat]], fit: Seat => Boolean, level: Seat => Long,
      key: Seat => Array[Long]): Option[Seat] =
    tiers.iterator.map(_.filter(fit)).collectFirst {
      case some if some.nonEmpty => some.map(s => new Entry(s, level(s), key(s))).min(entryOrder).seat
    }

  /** The victims that the seat would give for so many cores: as few as will do. */
  private def takenFor(seat: Seat, cores: Long): Option[List[RunningTask]] = {
    val available = candidatesOf(seat)
    var sum = seat.free
    var count = 0
    val rest = available.iterator
    while (sum < cores && rest.hasNext) {
      sum += rest.next().cores
      count += 1
    }
    Option.when(count > 0 && sum >= cores)(available.take(count))
  }

  private def suspend(seat: Seat, taken: List[RunningTask]): Unit = {
    victims ++= taken.map { task =>
      val reason = ranking.reason(seat, task)
      Victim.because(task.taskId, seat.executorId)(reason())
    }
    change(seat) {
      candidates(seat.index.toLong) = candidatesOf(seat).drop(taken.size)
      seat.yielded += taken.size
      seat.free += taken.iterator.map(_.cores).sum
    }
  }

  private def candidatesOf(seat: Seat): List[RunningTask] =
    candidates.getOrElseUpdate(seat.index.toLong, seat.view.tasks.iterator.filter(_.suspendable)
      .map(t => (ranking.victim(t), t)).toList
      .sorted(candidateOrder).map(_._2))

  /** The lowest priority of the seat's candidates, or `none`; as the view has it, until they have
   *  been looked at. */
  private def lowest(seat: Seat): Long =
    candidates.get(seat.index.toLong).fold(seat.view.lowest.fold(none)(_.toLong))(
      _.headOption.fold(none)(_.priority.toLong))

  private def change(seat: Seat)(act: => Unit): Unit = {
    act
    seat.stamp += 1
    takers.add(seat)
    if (giversAreOpen) givers.add(seat)
  }

  /** Keeps what `act` booked only if it succeeded. */
  private def allOrNothing(act: => Boolean): Unit = {
    val before = seats.map(s => (s.free, s.placed, s.yielded))
    val (hadCandidates, hadVictims, hadPlacements) =
      (candidates.toMap, victims.size, placements.toSeq)
    if (!act) {
      candidates.clear()
      candidates ++= hadCandidates
      victims.dropRightInPlace(victims.size - hadVictims)
      placements.clear()
      placements ++= hadPlacements
      seats.zip(before).filter { case (seat, (free, placed, yielded)) =>
        seat.free != free || seat.placed != placed || seat.yielded != yielded
      }.foreach { case (seat, (free, placed, yielded)) =>
        change(seat) {
          seat.free = free
          seat.placed = placed
          seat.yielded = yielded
        }
      }
    }
  }
}

private[policy] object Plan {
  /** In the place of a priority: nobody can be suspended. */
  private val none = Long.MaxValue

  private def compareKeys(a: Array[Long], b: Array[Long]): Int = {
    val common = math.min(a.length, b.length)
    var i = 0
    while (i < common && a(i) == b(i)) i += 1
    if (i < common) java.lang.Long.compare(a(i), b(i)) else Integer.compare(a.length, b.length)
  }

  private val candidateOrder: Ordering[(Array[Long], RunningTask)] = (a, b) => {
    val byPriority = Integer.compare(a._2.priority, b._2.priority)
    val byKey = if (byPriority != 0) byPriority else compareKeys(a._1, b._1)
    if (byKey != 0) byKey else java.lang.Long.compare(b._2.arrival, a._2.arrival)
  }

  /** A seat with what it was ranked by: first a level, then the ranking's key, then its place. */
  private[policy] final class Entry(val seat: Seat, val level: Long, val key: Array[Long]) {
    private val stamp = seat.stamp
    def isStale: Boolean = stamp != seat.stamp
  }

  private[policy] val entryOrder: Ordering[Entry] = (a, b) => {
    val byLevel = java.lang.Long.compare(a.level, b.level)
    val byKey = if (byLevel != 0) byLevel else compareKeys(a.key, b.key)
    if (byKey != 0) byKey else Integer.compare(a.seat.index, b.seat.index)
  }

  /** Seats in order. A seat that changes is added anew; its old entry is stale.
   *
   * @param level a number that comes before the key; `none` keeps a seat out
   */
  private final class SeatQueue(level: Seat => Long, key: Seat => Array[Long]) {
    private val queue = mutable.PriorityQueue.empty[Entry](entryOrder.reverse)

    def fill(seats: Array[Seat]): Unit = queue.addAll(seats.iterator.map(entry).filter(_ != null))

    def add(seat: Seat): Unit = {
      val made = entry(seat)
      if (made != null) queue.addOne(made)
    }

    /** The first seat for which `test` holds; it stays in the queue. */
    def first(test: Seat => Boolean): Option[Seat] = {
      val passed = mutable.ArrayBuffer.empty[Entry]
      var found = Option.empty[Seat]
      while (found.isEmpty && queue.nonEmpty) {
        val head = queue.dequeue()
        if (!head.isStale) {
          val fits = test(head.seat)
          // The test may have found that the seat does not belong here.
          val itsLevel = level(head.seat)
          if (itsLevel == head.level) {
            passed += head
            if (fits) found = Some(head.seat)
          } else if (itsLevel != none) queue.addOne(new Entry(head.seat, itsLevel, head.key))
        }
      }
      queue.addAll(passed)
      found
    }

    /** Null keeps the seat out: there may be ten thousand of them. */
    private def entry(seat: Seat): Entry = {
      val itsLevel = level(seat)
      if (itsLevel == none) null else new Entry(seat, itsLevel, key(seat))
    }
  }
}

/** A policy that is a ranking. */
private[policy] abstract class RankedPolicy extends Policy with Ranking {
  final override def decide(snapshot: Snapshot): Decision = new Plan(snapshot, this).decision

  final override def offerOrder(executors: IndexedSeq[ExecutorView]): Seq[String] =
    executors.indices.iterator.map { i =>
      val seat = new Seat(executors(i), i)
      new Plan.Entry(seat, 0L, placing(seat))
    }.toArray.sorted(Plan.entryOrder).map(_.seat.executorId).toSeq
}
