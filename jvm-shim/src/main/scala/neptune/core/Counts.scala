package neptune.core

import scala.collection.mutable

/** How many there are of each kind; none of a kind that there is nothing of. */
final class Counts[K] {
  private val counts = mutable.HashMap.empty[K, Int]

  /** @return how many there are now */
  def add(kind: K, more: Int): Int = {
    val count = counts.getOrElse(kind, 0) + more
    if (count > 0) counts(kind) = count else counts.remove(kind)
    count
  }

  def of(kind: K): Int = counts.getOrElse(kind, 0)
  def contains(kind: K): Boolean = counts.contains(kind)
  def kinds: Iterator[K] = counts.keysIterator
  def size: Int = counts.size
  def isEmpty: Boolean = counts.isEmpty
}
