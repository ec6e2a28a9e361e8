package org.apache.spark.neptune.python

import scala.collection.mutable
import scala.jdk.CollectionConverters._

import org.apache.spark.SparkEnv
import org.apache.spark.api.python.{PythonRunner, PythonWorkerFactory}
import org.apache.spark.neptune.compat.Reflected

/** One of Spark's pools of Python workers, as Spark 3.5 and 4.x have them.
 *
 * Leans on private fields of SparkEnv and PythonWorkerFactory. Two of one pool are equal.
 */
private[python] final case class WorkerPool private (factory: PythonWorkerFactory) {
  import WorkerPool._

  /** How many of its workers wait for a task. */
  def idle: Int =
    factory.synchronized(idleField.get(factory).asInstanceOf[mutable.Queue[_]].size)

  /** Whether any of its workers runs a task. */
  def isAtWork: Boolean = factory.synchronized {
    val workers = workersField.get(factory).asInstanceOf[mutable.WeakHashMap[Any, _]]
    PythonRunner.runningMonitorThreads.asScala.exists { case (worker, _) =>
      workers.contains(worker)
    }
  }

  /** Has it so many idle workers at least, and takes the idle ones for used just now. */
  def fill(enough: Int): Unit =
    // `create` takes idle workers first.
    SpareWorkers.exchange(enough, () => factory.create()._1)(factory.releaseWorker)
}

private[python] object WorkerPool {
  private lazy val poolsField =
    Reflected.field(classOf[SparkEnv], "pythonWorkers", classOf[mutable.HashMap[_, _]])
  private lazy val idleField =
    Reflected.field(classOf[PythonWorkerFactory], "idleWorkers", classOf[mutable.Queue[_]])
  private lazy val workersField = Reflected.field(
    classOf[PythonWorkerFactory], "daemonWorkers", classOf[mutable.WeakHashMap[_, _]])

  /** Those of this executor. */
  def all(env: SparkEnv): Seq[WorkerPool] = env.synchronized {
    poolsField.get(env).asInstanceOf[mutable.HashMap[_, PythonWorkerFactory]].values
      .map(new WorkerPool(_)).toSeq
  }
}
