package org.apache.spark.neptune.python

import java.nio.channels.{ServerSocketChannel, SocketChannel}

/** Where an executor listens for the Python workers on its machine, and whom it lets in. */
private[neptune] trait LocalSocket {
  /** Bound, and does not block. */
  def server: ServerSocketChannel

  /** What workers are told; `neptune_spark.worker.channel` connects to it. */
  def address: String

  /** Of one that has just connected, and of which nothing has been read.
   *
   * @return whether it may stay; asked again, when there is something to read, until that is known
   */
  def admission(channel: SocketChannel): () => LocalSocket.Verdict

  /** Deletes what executors that are no more have left. */
  def sweep(): Unit

  def close(): Unit
}

private[neptune] object LocalSocket {
  sealed trait Verdict
  case object Admitted extends Verdict
  case object Undecided extends Verdict
  /** @param why completes "refused a control connection: " */
  final case class Refused(why: String) extends Verdict
}
