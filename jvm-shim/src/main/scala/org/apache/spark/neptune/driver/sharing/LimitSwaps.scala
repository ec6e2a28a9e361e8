package org.apache.spark.neptune.driver.sharing

import scala.collection.mutable

import neptune.core.TaskEntry

/** What tasks of a limit can do where they are. */
private[sharing] trait TaskPlaces {
  /** Whether a running task may be suspended now. */
  def mayYield(entry: TaskEntry): Boolean
  /** Cores of a suspended task's executor that nobody is about to have; none if less than zero. */
  def spareNanocores(entry: TaskEntry): Long
}

/** Which tasks that have made room inside a limit come back first, and which make room in turn: on
 *  the same executors, since a suspended task can go on nowhere else. Otherwise those that come
 *  back would wait where others run, and cores elsewhere would be idle.
 *
 * It is for one round. THREADING: under the scheduler's lock.
 */
private[sharing] final class LimitSwaps(places: TaskPlaces) {
  private val returning = mutable.HashSet.empty[TaskEntry]
  private val yielding = mutable.HashSet.empty[TaskEntry]
  /** By executor. */
  private val spare = mutable.HashMap.empty[String, Long]

  def returnsFirst(entry: TaskEntry): Boolean = returning(entry)
  def yieldsFirst(entry: TaskEntry): Boolean = yielding(entry)

  /** Chooses among those that the parts have too few or too many of. */
  def look(parts: Seq[LimitPart]): Unit = {
    val gaining = parts.map(part => part -> LimitSwaps.waitingIn(part))
      .filter { case (part, waiting) => part.shortNanocores > 0 && waiting.nonEmpty }
    if (gaining.nonEmpty) {
      lazy val victims = victimsOf(parts.filter(_.shortNanocores < 0))
      gaining.foreach { case (part, waiting) =>
        var short = part.shortNanocores
        def comes(may: TaskEntry => Boolean)(entry: TaskEntry): Boolean = {
          val does = short >= entry.task.nanocores && may(entry)
          if (does) short -= entry.task.nanocores
          does
        }
        val (now, later) = waiting.partition(comes(hasCore))
        returning ++= now ++ later.filter(comes(entry => victims.yieldsTo(entry)))
      }
    }
  }

  /** Those first for which there are cores where they are. */
  def firstOf(entries: Vector[TaskEntry]): Vector[TaskEntry] = {
    val (now, later) = entries.partition(hasCore)
    now ++ later
  }

  private def hasCore(entry: TaskEntry): Boolean = !entry.holdsCore && {
    val left = spare.getOrElseUpdate(entry.task.executorId, places.spareNanocores(entry))
    val fits = left >= entry.task.nanocores
    if (fits) spare(entry.task.executorId) = left - entry.task.nanocores
    fits
  }

  private def victimsOf(parts: Seq[LimitPart]): Victims = {
    val found = new Victims
    parts.foreach { part =>
      found.excess(part) = -part.shortNanocores
      // Who was launched last is found first.
      part.account.tasks.filter(entry => entry.isRunning && entry.task.suspendable)
        .foreach { entry =>
          found.running(entry.task.executorId) =
            (part, entry) :: found.running.getOrElse(entry.task.executorId, Nil)
        }
    }
    found
  }

  private final class Victims {
    val excess = mutable.HashMap.empty[LimitPart, Long]
    val running = mutable.HashMap.empty[String, List[(LimitPart, TaskEntry)]]

    /** Whether one of the same size makes room. */
    def yieldsTo(entry: TaskEntry): Boolean = {
      val size = entry.task.nanocores
      val here = running.getOrElse(entry.task.executorId, Nil)
      val found = here.find { case (part, victim) =>
        victim.task.nanocores == size && excess(part) >= size && places.mayYield(victim)
      }
      found.foreach { case (part, victim) =>
        excess(part) -= size
        running(entry.task.executorId) = here.filterNot(_._2 eq victim)
        yielding += victim
      }
      found.isDefined
    }
  }
}

private object LimitSwaps {
  /** Tasks of a part that have made room, in order of launch. */
  private def waitingIn(part: LimitPart): Vector[TaskEntry] =
    if (part.account.tasksBarred == 0) Vector.empty
    else {
      part.account.tasks
        .filter(entry => entry.task.rank.isHeld && !entry.holdsCore && !entry.isManual).toVector
    }
}
