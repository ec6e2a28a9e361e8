package inversion

import java.io.File
import java.util.concurrent.{ArrayBlockingQueue, ConcurrentHashMap, Semaphore}
import java.util.concurrent.atomic.AtomicInteger
import java.util.concurrent.locks.ReentrantLock

import scala.jdk.CollectionConverters._

import org.apache.spark.{SparkContext, TaskContext}
import org.apache.spark.rdd.RDD

/** How tasks linger until the test lets them go on. Keys are paths of files, as jobs and the test
 *  may not be in one JVM: KEY.stop, and KEY.PARTITION once a partition lingers. */
object Flags {
  private val records = new ConcurrentHashMap[(String, Int), AtomicInteger]()
  private val lingerMs = 20L

  /** From SQL: each record that comes after so many lingers until the test says stop. */
  def linger(key: String, after: String): String = {
    val partition = TaskContext.getPartitionId()
    val seen = records.computeIfAbsent((key, partition), _ => new AtomicInteger).incrementAndGet()
    if (seen > after.toInt && !new File(s"$key.stop").exists()) {
      new File(s"$key.$partition").createNewFile()
      Thread.sleep(lingerMs)
    }
    key
  }

  /** The same, and returns a long text. */
  def fill(key: String, after: String, length: String): String = {
    linger(key, after)
    "x" * length.toInt
  }
}

object Jobs {
  private val size = 5000

  /** Two partitions of numbers, each of which lingers. Spark looks after each one whether the task
   *  was killed. */
  def numbers(sc: SparkContext, key: String): RDD[Int] =
    sc.parallelize(0 until size, 2).map { number =>
      Flags.linger(key, "0")
      number
    }

  /** What only one task at a time may have. */
  sealed trait Exclusive { def during[T](act: => T): T }
  private final class Monitor extends Exclusive {
    def during[T](act: => T): T = synchronized(act)
  }
  private final class Lock extends Exclusive {
    private val lock = new ReentrantLock
    def during[T](act: => T): T = { lock.lock(); try act finally lock.unlock() }
  }
  private final class Permit extends Exclusive {
    private val permit = new Semaphore(1)
    def during[T](act: => T): T = { permit.acquire(); try act finally permit.release() }
  }
  private final class Pool extends Exclusive {
    private val connections = new ArrayBlockingQueue[String](1)
    connections.put("the only connection")
    def during[T](act: => T): T = {
      val connection = connections.take()
      try act finally connections.put(connection)
    }
  }
  private val exclusives: Map[String, IndexedSeq[Exclusive]] = Map(
    "monitor" -> IndexedSeq.fill(2)(new Monitor), "lock" -> IndexedSeq.fill(2)(new Lock),
    "permit" -> IndexedSeq.fill(2)(new Permit), "pool" -> IndexedSeq.fill(2)(new Pool))

  /** Each task reads its partition while it has what is there once for each partition. */
  def exclusive(sc: SparkContext, kind: String, key: String): Long =
    numbers(sc, key).mapPartitionsWithIndex { (partition, records) =>
      exclusives(kind)(partition).during(Iterator(records.map(_.toLong).sum))
    }.sum().toLong

  /** Each partition is one record that takes until the test says stop, and others after it. */
  def longRecord(sc: SparkContext, key: String): Long =
    sc.parallelize(0 until size, 2).map { number =>
      if (number % (size / 2) == 0) {
        val stop = new File(s"$key.stop")
        while (!stop.exists()) Flags.linger(key, "0")
      }
      number.toLong
    }.sum().toLong

  /** Threads that stand at a gate. */
  def threadsStanding: Int = Thread.getAllStackTraces.values.asScala
    .count(_.exists(frame => frame.getClassName.endsWith(".TaskGate")))

  /** Threads that wait for a share of the execution memory. */
  def threadsWaitingForMemory: Int = Thread.getAllStackTraces.values.asScala
    .count(_.exists(_.getClassName.endsWith(".ExecutionMemoryPool")))

  /** Each task needs a partition of the first, then one of the second. */
  def oneAfterTheOther(first: RDD[Int], second: RDD[Int]): Long =
    first.zipPartitions(second)((these, those) => Iterator(these.sum.toLong, those.sum.toLong))
      .sum().toLong
}
