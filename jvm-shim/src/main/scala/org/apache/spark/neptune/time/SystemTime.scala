package org.apache.spark.neptune.time

import neptune.time.Clock

import org.apache.spark.util.{Clock => SparksClock}

/** The machine's own time. */
private[neptune] object SystemTime extends Clock {
  override def nanoTime(): Long = System.nanoTime()
  override def getTimeMillis(): Long = System.currentTimeMillis()
}

/** One of our clocks, for classes of Spark's that want one of theirs. */
private[neptune] final class ClockForSpark(clock: Clock) extends SparksClock {
  override def nanoTime(): Long = clock.nanoTime()
  override def getTimeMillis(): Long = clock.getTimeMillis()
  // Spark's task scheduler never does (Spark 4.x).
  override def waitTillTime(targetTime: Long): Long =
    throw new UnsupportedOperationException("Nobody may wait by this clock: take a timer.")
}
