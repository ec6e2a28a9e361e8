package neptune.core

/** Who comes before whom. Each level, which is a priority, has two ranks: that of the tasks within
 *  what is due to their party, and below it that of the tasks beyond it. Below all levels is the
 *  rank of tasks over a limit, which are to hold no core at all.
 *
 * What orders tasks goes by ranks; what is shown of them, and told to executors, by levels. Where
 * nothing is shared and nothing limited, every task is within its level.
 */
final class Rank private[core] (val order: Long) extends AnyVal {
  /** The level that it belongs to, unless it is [[Rank.held]]. */
  def level: Int = (order >> 1).toInt
  def isWithin: Boolean = order != Long.MaxValue && (order & 1L) == 1L
  def isBeyond: Boolean = !isHeld && (order & 1L) == 0L
  def isHeld: Boolean = order == Long.MinValue
  def <(other: Rank): Boolean = order < other.order
  def >=(other: Rank): Boolean = order >= other.order
  override def toString: String =
    if (isHeld) "held" else if (isWithin) s"within $level" else s"beyond $level"
}

object Rank {
  /** Of tasks over a limit: idle cores are not for them. */
  val held: Rank = new Rank(Long.MinValue)
  /** Above all tasks: in the place of the lowest of none. */
  val none: Rank = new Rank(Long.MaxValue)

  def within(level: Int): Rank = new Rank(level * 2L + 1)
  def beyond(level: Int): Rank = new Rank(level * 2L)
  private[core] def of(order: Long): Rank = new Rank(order)

  /** The highest first. */
  val descending: Ordering[Rank] = (a, b) => java.lang.Long.compare(b.order, a.order)

  def lower(a: Rank, b: Rank): Rank = if (b < a) b else a
}
