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
  /** Why this executor gave this victim. */
  def reason(seat: Seat, task: RunningTask): String
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

  private val seats = snapshot.executors.zipWithIndex.map { case (e, i) => new Seat(e, i) }
  private lazy val byId = seats.iterator.map(s => s.executorId -> s).toMap
  private val candidates = mutable.LongMap.empty[List[RunningTask]]
  private val victims = mutable.ArrayBuffer.empty[Victim]
  private val placements = mutable.LinkedHashMap.empty[(Int, String), Int]
  private val takers = new SeatQueue(_.free > 0, ranking.placing)
  private lazy val givers = {
    val queue = new SeatQueue(lowest(_).isDefined, s => lowest(s).get +: ranking.giving(s))
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
    val free = firstIn(tiers, fits, ranking.placing)
      .orElse(takers.first(s => open(s) && fits(s)))
    def victimised = firstIn(tiers, gives, s => lowest(s).get +: ranking.giving(s))
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
      tiers: Seq[Array[Seat]], fit: Seat => Boolean, key: Seat => Array[Long]): Option[Seat] =
    tiers.iterator.map(_.filter(fit)).collectFirst {
      case some if some.nonEmpty => some.minBy(key)(keyOrder)
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
    victims ++= taken.map(t => Victim(t.taskId, seat.executorId, ranking.reason(seat, t)))
    change(seat) {
      candidates(seat.index.toLong) = candidatesOf(seat).drop(taken.size)
      seat.yielded += taken.size
      seat.free += taken.iterator.map(_.cores).sum
    }
  }

  private def candidatesOf(seat: Seat): List[RunningTask] =
    candidates.getOrElseUpdate(seat.index.toLong, seat.view.tasks.iterator.filter(_.suspendable)
      .map(t => (t.priority.toLong +: ranking.victim(t) :+ -t.arrival, t)).toList
      .sortBy(_._1)(keyOrder).map(_._2))

  private def lowest(seat: Seat): Option[Long] =
    if (seat.yielded == 0) seat.view.lowest.map(_.toLong)
    else candidatesOf(seat).headOption.map(_.priority.toLong)

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
  val keyOrder: Ordering[Array[Long]] = (a, b) => {
    val common = math.min(a.length, b.length)
    var i = 0
    while (i < common && a(i) == b(i)) i += 1
    if (i < common) java.lang.Long.compare(a(i), b(i)) else Integer.compare(a.length, b.length)
  }

  private final class Entry(val seat: Seat, val stamp: Int, val key: Array[Long])

  /** Seats in the order of their keys. A seat that changes is added anew; its old entry is stale. */
  private final class SeatQueue(fit: Seat => Boolean, key: Seat => Array[Long]) {
    private val queue = mutable.PriorityQueue.empty[Entry](
      (a: Entry, b: Entry) => keyOrder.compare(b.key, a.key))

    def fill(seats: IterableOnce[Seat]): Unit =
      queue.addAll(seats.iterator.filter(fit).map(entry))

    def add(seat: Seat): Unit = if (fit(seat)) queue.enqueue(entry(seat))

    /** The first seat for which `test` holds; it stays in the queue. */
    def first(test: Seat => Boolean): Option[Seat] = {
      val passed = mutable.ArrayBuffer.empty[Entry]
      var found = Option.empty[Seat]
      while (found.isEmpty && queue.nonEmpty) {
        val head = queue.dequeue()
        if (head.stamp == head.seat.stamp) {
          passed += head
          if (test(head.seat)) found = Some(head.seat)
        }
      }
      queue.addAll(passed)
      found
    }

    private def entry(seat: Seat): Entry =
      new Entry(seat, seat.stamp, key(seat) :+ seat.index.toLong)
  }
}

/** A policy that is a ranking. */
private[policy] abstract class RankedPolicy extends Policy with Ranking {
  final override def decide(snapshot: Snapshot): Decision = new Plan(snapshot, this).decision

  final override def offerOrder(executors: IndexedSeq[ExecutorView]): Seq[String] =
    executors.iterator.zipWithIndex
      .map { case (view, index) =>
        (placing(new Seat(view, index)) :+ index.toLong, view.executorId)
      }
      .toArray.sortBy(_._1)(Plan.keyOrder).map(_._2).toSeq
}
