package org.apache.spark.neptune.executor

import org.apache.spark.TaskContext

/** A task's context with a gate, as TaskContext is up to Spark 4.1. */
private[neptune] final class SuspendableTaskContext(
    delegate: TaskContext, gate: TaskGate, socketAddress: Option[String])
  extends FamilyTaskContext(delegate, gate, socketAddress) {

  override def cpus(): Int = delegate.cpus()
}
