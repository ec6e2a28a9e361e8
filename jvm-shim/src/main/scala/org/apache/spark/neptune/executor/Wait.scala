package org.apache.spark.neptune.executor

import java.lang.management.{ThreadInfo, ThreadMXBean}

import neptune.protocol.Cause

/** What a thread waits for, as far as that can be seen from outside. */
private[neptune] sealed abstract class Wait(val cause: Cause)

private[neptune] object Wait {
  /** A monitor or lock of a thread, by its id. */
  final case class Owned(owner: Long) extends Wait(Cause.Lock)
  /** A block that some task writes or reads. */
  case object Block extends Wait(Cause.Block)
  /** A share of the execution memory. */
  case object Memory extends Wait(Cause.Memory)
  /** A turn in what one thread at a time may do: read a certain broadcast, ask the driver where a
   *  certain shuffle's output is. See [[holdsKey]]. */
  case object Key extends Wait(Cause.Lock)
  /** Something whose owner nobody knows: a permit, an element of a queue, a notification. */
  final case class Unknown(place: Seq[StackTraceElement]) extends Wait(Cause.Unknown) {
    override def toString: String = s"Unknown(${place.headOption.mkString})"
  }

  private val frames = 32
  private val longestChain = 16
  /** Where a task waits for a block's lock, and for execution memory (Spark 4.x). */
  private val blocks = "org.apache.spark.storage.BlockInfoManager"
  private val memory = "org.apache.spark.memory.ExecutionMemoryPool"
  private val keys = "org.apache.spark.util.KeyLock"
  /** Where it waits for what no task on this executor holds: the network, the driver, the other
   *  tasks of its gang, the next record of a stream, the loading of a library (Spark 4.x). */
  private val elsewhere = Seq(
    "org.apache.spark.storage.ShuffleBlockFetcherIterator", "org.apache.spark.rpc.",
    "org.apache.spark.network.", "org.apache.spark.BarrierTaskContext",
    "org.apache.spark.sql.execution.streaming.continuous.ContinuousQueuedDataReader",
    "org.apache.spark.sql.execution.streaming.state.RocksDBLoader",
    "org.apache.spark.shuffle.streaming.", "org.apache.spark.StreamingShuffleOutputTracker")

  /** What the thread waits for, if it waits; or what the thread waits for that owns what this one
   *  waits for, and so on.
   *
   * @param standing owners at whom the search ends
   */
  def of(threads: ThreadMXBean, thread: Long, standing: Long => Boolean): Option[Wait] = {
    def next(at: Long): Option[Wait] = Option(threads.getThreadInfo(at, frames)).flatMap(here)
    Iterator.iterate(next(thread)) {
      case Some(Owned(owner)) if !standing(owner) => next(owner)
      case end => end
    }.take(longestChain).find {
      case Some(Owned(owner)) => standing(owner)
      case _ => true
    }.flatten
  }

  /** Whether others may wait for the thread as for the holder of a [[Key]]. Spark does not note who
   *  has one, but a holder's own calls tell; mostly it runs, and waits for the network. */
  def holdsKey(threads: ThreadMXBean, thread: Long): Boolean =
    Option(threads.getThreadInfo(thread, Int.MaxValue)).exists { info =>
      val calls = info.getStackTrace.filter(_.getClassName == keys)
      calls.exists(_.getMethodName == "withLock") && !calls.exists(isTurn)
    }

  /** Whether the thread that calls this waits for its turn, and does not have it. */
  private def isTurn(call: StackTraceElement): Boolean =
    call.getClassName == keys && call.getMethodName == "acquireLock"

  private def here(info: ThreadInfo): Option[Wait] = {
    val stack = info.getStackTrace
    def isAt(places: String*): Boolean =
      stack.exists(frame => places.exists(frame.getClassName.startsWith(_)))
    if (info.getLockOwnerId >= 0) Some(Owned(info.getLockOwnerId))
    else if (info.getThreadState == Thread.State.RUNNABLE || info.getLockInfo == null) None
    else if (isAt(blocks)) Some(Block)
    else if (isAt(memory)) Some(Memory)
    else if (isAt(elsewhere: _*)) None
    else if (stack.exists(isTurn)) Some(Key)
    else Some(Unknown(stack.toSeq))
  }
}
