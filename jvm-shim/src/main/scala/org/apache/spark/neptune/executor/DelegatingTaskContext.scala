package org.apache.spark.neptune.executor

import java.util.Properties

import org.apache.spark.TaskContext
import org.apache.spark.executor.TaskMetrics
import org.apache.spark.memory.TaskMemoryManager
import org.apache.spark.metrics.source.Source
import org.apache.spark.neptune.settings.Settings
import org.apache.spark.resource.ResourceInformation
import org.apache.spark.shuffle.FetchFailedException
import org.apache.spark.util.{AccumulatorV2, TaskCompletionListener, TaskFailureListener}

/** A TaskContext that hands everything on, but for what suspension needs:
 *
 *  - `killTaskIfInterrupted`, which Spark calls per record or batch in every source iterator,
 *    shuffle read, sort and range loop, is the yield point;
 *  - the local properties name the control socket, so that a Python worker finds its executor.
 *
 * Members that not every supported Spark has are in [[FamilyTaskContext]] and
 * [[SuspendableTaskContext]].
 */
private[neptune] abstract class DelegatingTaskContext(
    delegate: TaskContext, private[executor] val gate: TaskGate, socketAddress: Option[String])
  extends TaskContext {

  private lazy val propertiesWithSocket: Properties = {
    val properties = new Properties()
    delegate.getLocalProperties.forEach((key, value) => properties.put(key, value))
    socketAddress.foreach(properties.setProperty(Settings.PythonSocket, _))
    properties
  }

  private[spark] override def killTaskIfInterrupted(): Unit = {
    gate.yieldPoint()
    delegate.killTaskIfInterrupted()
  }

  private[spark] override def getLocalProperties: Properties = propertiesWithSocket
  override def getLocalProperty(key: String): String = propertiesWithSocket.getProperty(key)

  override def addTaskCompletionListener(listener: TaskCompletionListener): TaskContext = {
    delegate.addTaskCompletionListener(listener)
    this
  }
  override def addTaskFailureListener(listener: TaskFailureListener): TaskContext = {
    delegate.addTaskFailureListener(listener)
    this
  }

  override def isCompleted(): Boolean = delegate.isCompleted()
  override def isFailed(): Boolean = delegate.isFailed()
  override def isInterrupted(): Boolean = delegate.isInterrupted()
  override def stageId(): Int = delegate.stageId()
  override def stageAttemptNumber(): Int = delegate.stageAttemptNumber()
  override def partitionId(): Int = delegate.partitionId()
  override def numPartitions(): Int = delegate.numPartitions()
  override def attemptNumber(): Int = delegate.attemptNumber()
  override def taskAttemptId(): Long = delegate.taskAttemptId()
  override def resources(): Map[String, ResourceInformation] = delegate.resources()
  override def resourcesJMap(): java.util.Map[String, ResourceInformation] =
    delegate.resourcesJMap()
  override def taskMetrics(): TaskMetrics = delegate.taskMetrics()
  override def getMetricsSources(sourceName: String): Seq[Source] =
    delegate.getMetricsSources(sourceName)
  private[spark] override def getKillReason(): Option[String] = delegate.getKillReason()
  private[spark] override def taskMemoryManager(): TaskMemoryManager =
    delegate.taskMemoryManager()
  private[spark] override def registerAccumulator(a: AccumulatorV2[_, _]): Unit =
    delegate.registerAccumulator(a)
  private[spark] override def setFetchFailed(fetchFailed: FetchFailedException): Unit =
    delegate.setFetchFailed(fetchFailed)
  private[spark] override def markInterrupted(reason: String): Unit =
    delegate.markInterrupted(reason)
  private[spark] override def markTaskFailed(error: Throwable): Unit =
    delegate.markTaskFailed(error)
  private[spark] override def markTaskCompleted(error: Option[Throwable]): Unit =
    delegate.markTaskCompleted(error)
  private[spark] override def fetchFailed: Option[FetchFailedException] = delegate.fetchFailed
}
