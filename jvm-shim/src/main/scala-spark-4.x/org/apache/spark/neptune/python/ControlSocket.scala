package org.apache.spark.neptune.python

import java.nio.file.Path

/** The socket of an executor for its Python workers. */
private[neptune] object ControlSocket {
  /** @param local Spark's own local directories
   *  @return a new one, or why there can be none
   */
  def open(local: Seq[Path]): Either[String, LocalSocket] = UnixSocket.open(local)
}
