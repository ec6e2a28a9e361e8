package org.apache.spark.neptune.executor

import java.lang.reflect.Field
import java.util.{Collection => JCollection}

import scala.jdk.CollectionConverters._

import org.apache.spark.memory.{MemoryConsumer, TaskMemoryManager}
import org.apache.spark.neptune.compat.Reflected
import org.apache.spark.util.collection.Spillable
import org.apache.spark.util.collection.unsafe.sort.UnsafeExternalSorter

/** The execution memory of a task, as its gate sees it. */
private[executor] trait ExecutionMemory {
  /** How many bytes the task has. */
  def bytes: Long

  /** Has what is at rest spill to disk.
   *
   * @return how many bytes that freed
   * @throws java.io.IOException as any spill does; the task must then fail
   */
  def release(): Long
}

/** The execution memory of a task that is suspended at a yield point, and how it gives it back.
 *
 * Spark has a task's consumers spill when the task itself asks for memory: from the same thread,
 * while they are at rest. So does this class, at the yield point. What makes that unsafe is a
 * yield point that is reached from within a consumer's own work. Spark 4.x has such ones in the
 * sorters' iterators only: `UnsafeInMemorySorter.SortedIterator.loadNext` and
 * `UnsafeSorterSpillReader.loadNext`, hence also in a spill that goes on; and
 * [[YieldingMetrics]] is one while the sort of a shuffle is written. There:
 *
 *  - a sorter that is just loading a record must not spill: `SpillableIterator.spill` would write
 *    what is left of the very iterator that is between two records, and free the page of the record
 *    that it is about to give. It holds that iterator's monitor;
 *  - nor must one whose other methods (spill, merge) are on the stack.
 *
 * Hash maps are not spilled while they are being filled: only the aggregate that fills one can turn
 * it into a sorter, in its own time. Nor are sorters without an order, which rows are read from as
 * they were inserted, by iterators that know of no spill.
 *
 * THREADING: used by the task's own thread alone.
 */
private[executor] final class HeldMemory(manager: TaskMemoryManager) extends ExecutionMemory {
  import HeldMemory._

  override def bytes: Long = manager.getMemoryConsumptionForThisTask

  override def release(): Long = {
    val before = bytes
    val stack = Thread.currentThread().getStackTrace.toSeq
    // With that monitor held, the task is being given memory: its consumers are spilling already.
    if (!Thread.holdsLock(manager)) manager.synchronized {
      val all = consumersOf(manager)
      val loading = all.exists(isLoading)
      all.filter(_.getUsed > 0).foreach(spill(_, stack, loading))
    }
    math.max(0L, before - bytes)
  }

  private def spill(
      consumer: MemoryConsumer, stack: Seq[StackTraceElement], loading: Boolean): Unit =
    if (!isAtWork(consumer, stack)) consumer match {
      case sorter: UnsafeExternalSorter if isRead(sorter) => spillFor(sorter, other)
      case sorter: UnsafeExternalSorter if isOrdered(sorter) => spillFor(sorter, sorter)
      // It may ask for a new array, for which a sorter that is loading would have to spill.
      case shuffle if className(shuffle) == shuffleSorter =>
        if (!loading) spillFor(shuffle, shuffle)
      case collection: Spillable[_] => spillFor(collection, other)
      case known if spillForOthers.exists(isA(known, _)) => spillFor(known, other)
      case _ => ()
    }

  private def spillFor(consumer: MemoryConsumer, trigger: MemoryConsumer): Unit =
    consumer.spill(Long.MaxValue, trigger)

  /** On whose behalf others spill. */
  private lazy val other = new MemoryConsumer(manager, manager.getTungstenMemoryMode) {
    override def spill(size: Long, trigger: MemoryConsumer): Long = 0L
  }
}

private object HeldMemory {
  private val shuffleSorter =
    Reflected.className("org.apache.spark.shuffle.sort.ShuffleExternalSorter")
  private val rowQueue =
    Reflected.className("org.apache.spark.sql.execution.python.HybridRowQueue")
  private val hashMap = Reflected.className("org.apache.spark.unsafe.map.BytesToBytesMap")
  private val spillForOthers = Seq(rowQueue, hashMap)
  /** Methods of collections of objects in which they may be between two states. */
  private val atWorkOn = Set("spill", "forceSpill", "maybeSpill", "changeValue")

  private val consumers = Reflected.field(
    classOf[TaskMemoryManager], "consumers", classOf[java.util.HashSet[_]])
  private val readingIterator = Reflected.field(classOf[UnsafeExternalSorter], "readingIterator")
  private val prefixComparator = Reflected.field(classOf[UnsafeExternalSorter], "prefixComparator")

  private def consumersOf(manager: TaskMemoryManager): Seq[MemoryConsumer] =
    consumers.get(manager).asInstanceOf[JCollection[MemoryConsumer]].asScala.toList

  private def valueOf(field: Field, of: AnyRef): Option[AnyRef] = Option(field.get(of))

  private def isRead(sorter: UnsafeExternalSorter): Boolean =
    valueOf(readingIterator, sorter).isDefined

  private def isOrdered(sorter: UnsafeExternalSorter): Boolean =
    valueOf(prefixComparator, sorter).isDefined

  private def isLoading(consumer: MemoryConsumer): Boolean = consumer match {
    case sorter: UnsafeExternalSorter =>
      valueOf(readingIterator, sorter).exists(Thread.holdsLock(_))
    case _ => false
  }

  private def isAtWork(consumer: MemoryConsumer, stack: Seq[StackTraceElement]): Boolean =
    isLoading(consumer) || (consumer match {
      case _: Spillable[_] => stack.exists(frame => atWorkOn(frame.getMethodName))
      case _ => stack.exists(_.getClassName == className(consumer))
    })

  private def isA(consumer: MemoryConsumer, name: String): Boolean = className(consumer) == name
  private def className(consumer: MemoryConsumer): String = consumer.getClass.getName
}
