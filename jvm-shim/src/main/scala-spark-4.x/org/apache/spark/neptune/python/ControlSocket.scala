package org.apache.spark.neptune.python

import java.nio.file.Path

import org.apache.spark.internal.Logging

/** The socket of an executor for its Python workers. */
private[neptune] object ControlSocket extends Logging {
  private val remedy = "set spark.local.dir (or what replaces it on this cluster) to a writable " +
    "directory with a short path, or make /tmp writable"

  /** @param local Spark's own local directories
   *  @return a new one, or why there can be none and what to do
   */
  def open(local: Seq[Path]): Either[String, LocalSocket] = orPort(UnixSocket.open(local))

  /** A Unix socket, to which only processes of this user can connect; or else a port, as on Spark
   *  3.5: a container may have no directory with a short path that can be written to.
   *
   * @param unix the socket, or why there is none
   */
  def orPort(unix: Either[String, LocalSocket]): Either[String, LocalSocket] =
    unix.left.flatMap { noUnix =>
      val port = LoopbackSocket.open()
      if (port.isRight) {
        logInfo("Neptune: Python workers connect to a port on the loopback interface with a " +
          s"token, since $noUnix. If a Unix socket is wanted, $remedy")
      }
      port.left.map(noPort => s"$noUnix; and $noPort. Permit one, or $remedy")
    }
}
