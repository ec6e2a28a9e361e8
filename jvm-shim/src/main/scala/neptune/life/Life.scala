package neptune.life

/** A state or an event of a [[Life]]: its name, and what it means, both for people to read. */
abstract class Named(val name: String, val meaning: String) {
  override def toString: String = name
}

/** A closed set of states, and the one table of the moves between them.
 *
 * Whoever has such a life changes its state by [[next]] alone, which refuses what the table does
 * not have. `docs/protocol.md` is made of these tables.
 *
 * @param name what has such a life
 * @param meaning what it is, and who keeps its state
 */
abstract class Life[S <: Named, E <: Named](name: String, meaning: String)
  extends Named(name, meaning) {

  /** The first one is where a life begins. */
  def states: Seq[S]
  def events: Seq[E]
  /** From which state, by which event, to which state. */
  def moves: Seq[((S, E), S)]

  final lazy val table: Map[(S, E), S] = moves.toMap

  /** The next state, or [[IllegalMove]]. */
  final def next(state: S, event: E): S =
    table.getOrElse((state, event), throw new IllegalMove(this, state, event))
}

/** A move that the table does not have: a defect of ours, never of the user's. */
final class IllegalMove(life: Named, state: Named, event: Named)
  extends IllegalStateException(s"a ${life.name} that is $state cannot take '$event'")

object Lives {
  /** All of them, the driver's first. */
  val all: Seq[Life[_ <: Named, _ <: Named]] = Seq(TaskLife, RequestLife, GateLife, HoldLife)
}
