package neptune.unreliable

import java.util.concurrent.TimeUnit

import scala.collection.mutable
import scala.util.Random

import neptune.protocol.Message

/** Virtual time, and chance: all that happens in a schedule follows from its seed. */
final class World(val chance: Random) {
  private val due = mutable.TreeMap.empty[(Long, Long), () => Unit]
  private var arrivals = 0L
  private var now = 0L

  def nowNs: Long = now
  def nowMs: Long = TimeUnit.NANOSECONDS.toMillis(now)

  def after(ms: Long)(act: => Unit): Unit = {
    arrivals += 1
    due((now + TimeUnit.MILLISECONDS.toNanos(ms), arrivals)) = () => act
  }

  /** Whether nothing is to happen any more. */
  def isStill: Boolean = due.isEmpty

  /** Has everything happen that is due in so much time, or until nothing is. */
  def pass(ms: Long): Unit = {
    val end = now + TimeUnit.MILLISECONDS.toNanos(ms)
    while (due.headOption.exists(_._1._1 <= end)) {
      val (at, act) = due.head
      due.remove(at)
      now = at._1
      act()
    }
    now = end
  }

  def flip(share: Double): Boolean = chance.nextDouble() < share
  def one[T](of: Seq[T]): T = of(chance.nextInt(of.size))
  def upTo(ms: Int): Long = chance.nextInt(ms + 1).toLong
}

/** Carries messages; while it is not sound, it loses some, doubles some, and has each copy take its
 *  own time, so that they overtake one another. */
final class Network(world: World) {
  import Network._

  var isSound = false
  /** Messages that are on their way. */
  var inFlight = 0
  /** All that were sent. */
  var sent = 0L

  def carry(message: Message)(arrive: Message => Unit): Unit = {
    sent += 1
    val copies = if (isSound) 1 else if (world.flip(lost)) 0 else if (world.flip(doubled)) 2 else 1
    for (_ <- 0 until copies) {
      inFlight += 1
      world.after(if (isSound) 1L else if (world.flip(late)) world.upTo(3000) else world.upTo(30)) {
        inFlight -= 1
        // As it comes over the wire.
        arrive(Message.decode(Message.encode(message)).get)
      }
    }
  }
}

private object Network {
  private val lost = 0.25
  private val doubled = 0.2
  private val late = 0.3
}
