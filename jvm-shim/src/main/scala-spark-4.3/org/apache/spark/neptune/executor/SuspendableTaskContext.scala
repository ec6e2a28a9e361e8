package org.apache.spark.neptune.executor

import org.apache.spark.TaskContext
import org.apache.spark.util.{
  PostStatusUpdateListener, TaskCompletionListener, TaskInterruptListener}

/** A task's context with a gate, as Spark 4.3's TaskContext has it. */
private[neptune] final class SuspendableTaskContext(
    delegate: TaskContext, gate: TaskGate, socketAddress: Option[String])
  extends FamilyTaskContext(delegate, gate, socketAddress) {

  override def cpuAmount(): BigDecimal = delegate.cpuAmount()

  override def addTaskInterruptListener(listener: TaskInterruptListener): TaskContext = {
    delegate.addTaskInterruptListener(listener)
    this
  }

  private[spark] override def getTaskFailure: Option[Throwable] = delegate.getTaskFailure

  override def addTaskPreCompletionListener(listener: TaskCompletionListener): TaskContext = {
    delegate.addTaskPreCompletionListener(listener)
    this
  }

  private[spark] override def addPostStatusUpdateListener(
      listener: PostStatusUpdateListener): TaskContext = {
    delegate.addPostStatusUpdateListener(listener)
    this
  }

  private[spark] override def invokePostStatusUpdateListeners(): Unit =
    delegate.invokePostStatusUpdateListeners()
}
