package org.apache.spark.neptune.executor

import org.apache.spark.TaskContext

/** A task's context with a gate, as Spark 4.2's TaskContext has it. */
private[neptune] final class SuspendableTaskContext(
    delegate: TaskContext, gate: TaskGate, socketPath: Option[String])
  extends DelegatingTaskContext(delegate, gate, socketPath) {

  override def cpus(): Int = delegate.cpus()
}
