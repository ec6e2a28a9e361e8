package org.apache.spark.neptune.executor

import java.io.Closeable

import org.apache.spark.TaskContext

/** What the TaskContext of every Spark 4.x has beside what the others have. */
private[neptune] abstract class FamilyTaskContext(
    delegate: TaskContext, gate: TaskGate, socketAddress: Option[String])
  extends DelegatingTaskContext(delegate, gate, socketAddress) {

  private[spark] override def interruptible(): Boolean = delegate.interruptible()
  private[spark] override def pendingInterrupt(thread: Option[Thread], reason: String): Unit =
    delegate.pendingInterrupt(thread, reason)
  private[spark] override def createResourceUninterruptibly[T <: Closeable](
      resourceBuilder: => T): T = delegate.createResourceUninterruptibly(resourceBuilder)
}
