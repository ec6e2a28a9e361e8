package org.apache.spark.neptune.executor

import org.apache.spark.{InterruptibleIterator, ShuffleDependency, SparkConf, SparkEnv, TaskContext}
import org.apache.spark.internal.Logging
import org.apache.spark.neptune.compat.ShuffleManagers
import org.apache.spark.scheduler.MapStatus
import org.apache.spark.shuffle._
import org.apache.spark.shuffle.sort.SortShuffleManager

/** Lets tasks be suspended while they write a shuffle.
 *
 * Spark looks for a kill in what a task reads, but neither where it takes record after record from
 * an aggregate, say, and inserts it into the sort of a shuffle, nor where it writes what is sorted
 * (Spark 3.5 to 4.3, `ShuffleWriter.write`). A task can spend all of its time there.
 */
private[executor] object SuspendableShuffles extends Logging {
  /** Puts our shuffle manager in the place of Spark's own; another one than Spark's stays. */
  def install(env: SparkEnv): Unit = ShuffleManagers.field.get(env) match {
    case sort: SortShuffleManager if sort.getClass == classOf[SortShuffleManager] =>
      ShuffleManagers.field.set(env, new SuspendableShuffleManager(sort, env.conf))
    case _: SuspendableShuffleManager => ()
    case other => logInfo(s"The shuffle manager ${other.getClass.getName} is not Spark's: " +
      "no yield points in shuffle writes.")
  }
}

/** Spark's shuffle manager, whose writers have yield points. It is one of Spark's class because
 *  Spark asks for that (4.3, ShuffleExchangeExec.needToCopyObjectsBeforeShuffle). All that it knows
 *  is kept by the one whose place it takes, which others may have a reference to.
 */
private[executor] final class SuspendableShuffleManager(under: SortShuffleManager, conf: SparkConf)
  extends SortShuffleManager(conf) {

  override val shuffleBlockResolver: IndexShuffleBlockResolver = under.shuffleBlockResolver

  override def registerShuffle[K, V, C](
      shuffleId: Int, dependency: ShuffleDependency[K, V, C]): ShuffleHandle =
    under.registerShuffle(shuffleId, dependency)

  override def getReader[K, C](
      handle: ShuffleHandle, startMapIndex: Int, endMapIndex: Int, startPartition: Int,
      endPartition: Int, context: TaskContext,
      metrics: ShuffleReadMetricsReporter): ShuffleReader[K, C] =
    under.getReader(
      handle, startMapIndex, endMapIndex, startPartition, endPartition, context, metrics)

  override def getWriter[K, V](
      handle: ShuffleHandle, mapId: Long, context: TaskContext,
      metrics: ShuffleWriteMetricsReporter): ShuffleWriter[K, V] = context match {
    case gated: DelegatingTaskContext =>
      new SuspendableShuffleWriter(
        under.getWriter[K, V](handle, mapId, context, new YieldingMetrics(metrics, gated)), context)
    case _ => under.getWriter(handle, mapId, context, metrics)
  }

  override def unregisterShuffle(shuffleId: Int): Boolean = under.unregisterShuffle(shuffleId)
  override def stop(): Unit = under.stop()
}

/** A writer with a yield point before each record that it takes. */
private[executor] final class SuspendableShuffleWriter[K, V](
    under: ShuffleWriter[K, V], context: TaskContext) extends ShuffleWriter[K, V] {

  override def write(records: Iterator[Product2[K, V]]): Unit =
    under.write(new InterruptibleIterator(context, records))
  override def stop(success: Boolean): Option[MapStatus] = under.stop(success)
  override def getPartitionLengths(): Array[Long] = under.getPartitionLengths()
}

/** A shuffle's metrics with a yield point where a record has been written.
 *
 * A sort that spills counts its records, too, and may do so under the monitor of the task's memory,
 * which those need who look at it: no yield point then.
 */
private[executor] final class YieldingMetrics(
    under: ShuffleWriteMetricsReporter, context: DelegatingTaskContext)
  extends ShuffleWriteMetricsReporter {

  private val memory = context.taskMemoryManager()

  private[spark] override def incRecordsWritten(records: Long): Unit = {
    under.incRecordsWritten(records)
    // One that is killed while it is suspended must not write on: its core is lent.
    if (context.gate.isAsked && !Thread.holdsLock(memory)) context.killTaskIfInterrupted()
  }
  private[spark] override def incWriteTime(ns: Long): Unit = under.incWriteTime(ns)
  private[spark] override def incBytesWritten(bytes: Long): Unit = under.incBytesWritten(bytes)
  private[spark] override def decBytesWritten(bytes: Long): Unit = under.decBytesWritten(bytes)
  private[spark] override def decRecordsWritten(records: Long): Unit =
    under.decRecordsWritten(records)
}
