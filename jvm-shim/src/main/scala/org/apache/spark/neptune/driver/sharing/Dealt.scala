package org.apache.spark.neptune.driver.sharing

/** Who was dealt cores last, and how long that holds if nobody asks for anything else: see
 *  [[Asked]].
 */
private[sharing] final class Dealt[A <: AnyRef] {
  private var last = Option.empty[(IndexedSeq[A], Long)]
  private var untilNs = Option.empty[Long]

  def isEmpty: Boolean = last.isEmpty
  def parties: Iterator[A] = last.iterator.flatMap(_._1)

  /** Whether what was dealt holds for the same parties, with so many cores for all. */
  def holds(asking: IndexedSeq[A], capacity: Long, nowNs: Long): Boolean =
    !untilNs.exists(_ - nowNs <= 0) && last.exists { case (before, had) =>
      had == capacity && before.corresponds(asking)(_ eq _)
    }

  /** @param againNs when to deal anew, if need be */
  def note(asking: IndexedSeq[A], capacity: Long, againNs: Option[Long]): Unit = {
    last = Some((asking, capacity))
    untilNs = againNs
  }

  def forget(): Unit = {
    last = None
    untilNs = None
  }

  /** In how many nanoseconds to deal anew, if need be. */
  def againIn(nowNs: Long): Option[Long] = untilNs.map(_ - nowNs)
}
