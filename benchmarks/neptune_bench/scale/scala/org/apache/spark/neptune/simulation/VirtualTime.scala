package org.apache.spark.neptune.simulation

import java.util.concurrent.TimeUnit

import scala.collection.mutable

import neptune.time.{Clock, Scheduled, Timer}

import org.apache.spark.util.{Clock => SparksClock}

/** Time that passes from event to event, for Neptune and for Spark. One thread; events of one
 *  moment in order of arrival.
 */
private[neptune] final class VirtualTime extends SparksClock with Clock with Timer {
  import VirtualTime.Event

  private val events = mutable.PriorityQueue.empty[Event](
    (a: Event, b: Event) => {
      val later = java.lang.Long.compare(b.atNs, a.atNs)
      if (later != 0) later else java.lang.Long.compare(b.order, a.order)
    })
  private var nowNs = 0L
  private var order = 0L
  private var atOnce = 0

  override def nanoTime(): Long = nowNs
  // Spark takes a task that ended at 0 for one that runs.
  override def getTimeMillis(): Long = VirtualTime.epochMs + TimeUnit.NANOSECONDS.toMillis(nowNs)
  override def waitTillTime(targetTime: Long): Long =
    throw new UnsupportedOperationException("Nobody may wait in virtual time.")

  override def afterNs(ns: Long)(act: => Unit): Scheduled = {
    order += 1
    val event = new Event(nowNs + ns, order, () => act)
    events.enqueue(event)
    () => event.isCancelled = true
  }
  override def stop(): Unit = events.clear()

  /** Lets time pass until `over` holds after an event, or the time has come.
   *
   *  @return whether `over` held
   */
  def run(untilNs: Long)(over: => Boolean): Boolean = {
    while (!over && events.nonEmpty && events.head.atNs <= untilNs) {
      val event = events.dequeue()
      atOnce = if (event.atNs == nowNs) atOnce + 1 else 0
      if (atOnce > VirtualTime.atOnceAtMost) {
        throw new IllegalStateException(s"Time stands still at ${nowNs / 1e9} s.")
      }
      nowNs = event.atNs
      if (!event.isCancelled) event.act()
    }
    val isOver = over
    if (!isOver) nowNs = untilNs
    isOver
  }
}

private object VirtualTime {
  /** More events of one moment than a cluster has any reason for. */
  private val atOnceAtMost = 1000000
  private val epochMs = 1000000000000L
  private final class Event(val atNs: Long, val order: Long, val act: () => Unit) {
    var isCancelled: Boolean = false
  }
}
