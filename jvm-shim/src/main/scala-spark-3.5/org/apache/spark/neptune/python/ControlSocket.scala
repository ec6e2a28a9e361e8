package org.apache.spark.neptune.python

import java.nio.file.Path

import scala.annotation.unused

/** The socket of an executor for its Python workers; Spark 3.5 runs on Java 8, which has no Unix
 *  sockets.
 */
private[neptune] object ControlSocket {
  /** @return a new one, or why there can be none */
  def open(@unused local: Seq[Path]): Either[String, LocalSocket] = LoopbackSocket.open()
}
