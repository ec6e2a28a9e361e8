package org.apache.spark.neptune.executor

import org.apache.spark.TaskContext
import org.apache.spark.util.TaskInterruptListener

/** A task's context with a gate, as Spark 4.2's TaskContext has it. */
private[neptune] final class SuspendableTaskContext(
    delegate: TaskContext, gate: TaskGate, socketAddress: Option[String])
  extends FamilyTaskContext(delegate, gate, socketAddress) {

  override def cpus(): Int = delegate.cpus()

  override def addTaskInterruptListener(listener: TaskInterruptListener): TaskContext = {
    delegate.addTaskInterruptListener(listener)
    this
  }

  private[spark] override def getTaskFailure: Option[Throwable] = delegate.getTaskFailure
}
