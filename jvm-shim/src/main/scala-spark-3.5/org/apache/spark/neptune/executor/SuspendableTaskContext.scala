package org.apache.spark.neptune.executor

import org.apache.spark.TaskContext

/** A task's context with a gate, as TaskContext is in Spark 3.5. */
private[neptune] final class SuspendableTaskContext(
    delegate: TaskContext, gate: TaskGate, socketAddress: Option[String])
  extends DelegatingTaskContext(delegate, gate, socketAddress) {

  override def cpus(): Int = {
    // A thread of its own feeds each Python worker (BasePythonRunner.WriterThread). It asks for
    // this before it takes any of the task's records. The task's own, which has started it, may be
    // suspended by then.
    if (gate.beginsToFeed()) ExecutorAgent.current.foreach(_.feeds(taskAttemptId()))
    delegate.cpus()
  }
}
