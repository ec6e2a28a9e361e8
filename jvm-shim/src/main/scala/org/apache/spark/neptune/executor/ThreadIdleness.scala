package org.apache.spark.neptune.executor

/** Whether a thread uses no core right now. */
private[neptune] object ThreadIdleness {
  /** Native calls in which a thread that reads from a Python worker waits (JDK 8 to 25); the JVM
   *  counts such a thread as runnable. BasePythonRunner waits in Selector.select (Spark 4.x), or in
   *  a read (Spark 3.5). */
  private val waits = Set(
    "sun.nio.ch.EPoll.wait", "sun.nio.ch.KQueue.poll", "sun.nio.ch.Net.poll",
    "sun.nio.ch.SocketDispatcher.read0", "sun.nio.ch.UnixDomainSockets.read0",
    "java.net.SocketInputStream.socketRead0")

  def isIdle(thread: Thread): Boolean = thread != null && (thread.getState match {
    case Thread.State.RUNNABLE =>
      thread.getStackTrace.headOption.exists(f => waits(s"${f.getClassName}.${f.getMethodName}"))
    case Thread.State.NEW => false
    case _ => true
  })
}
