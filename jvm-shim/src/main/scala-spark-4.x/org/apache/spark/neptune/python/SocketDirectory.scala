package org.apache.spark.neptune.python

import java.io.IOException
import java.nio.channels.{FileChannel, FileLock, OverlappingFileLockException}
import java.nio.charset.StandardCharsets.US_ASCII
import java.nio.file.{Files, FileSystems, LinkOption, Path, Paths, StandardOpenOption}
import java.nio.file.attribute.PosixFilePermissions
import java.util.concurrent.ConcurrentHashMap

import scala.jdk.CollectionConverters._
import scala.util.Try
import scala.util.control.NonFatal

/** A directory of one executor's own (mode 0700, its name not to be guessed) for its socket.
 *
 * A file in it is locked for as long as the process lives, so that others find out, whatever has
 * become of its process id, also from another container that shares the parent directory.
 */
private[python] final class SocketDirectory private (val path: Path, channel: FileChannel) {
  val socket: Path = path.resolve(SocketDirectory.socketName)

  def delete(): Unit = {
    SocketDirectory.deleteAll(path)
    SocketDirectory.live.remove(path)
    Try(channel.close())
  }
}

private[neptune] object SocketDirectory {
  private val prefix = "neptune-ctl-"
  private val socketName = "control.sock"
  private val lockName = "lock"
  private val onlyMine = PosixFilePermissions.fromString("rwx------")
  /** Those of this process: closing any channel to a file gives up the process's locks on it. */
  private val live = ConcurrentHashMap.newKeySet[Path]()

  /** Where the directory may be made, the best first.
   *
   * A Unix socket's path has some 106 bytes at most, and a long path may fit nowhere but in the
   * last of these. A path with other than ASCII characters comes after those without: Java and
   * Python may encode it differently.
   *
   * @param local Spark's own local directories
   */
  def candidates(local: Seq[Path]): Seq[Path] = {
    val others = Seq(
      sys.props.get("java.io.tmpdir"), Some("/tmp"), Some("/var/tmp"), Some("/dev/shm"),
      sys.env.get("XDG_RUNTIME_DIR"), userId.map(id => s"/run/user/$id"))
    val all = local ++ others.flatten.filter(_.nonEmpty).map(Paths.get(_))
    val (plain, encoded) = all.map(_.toAbsolutePath).distinct.partition(isAscii)
    plain ++ encoded
  }

  /** Makes a directory in `parent`.
   *
   * @throws IOException it can't be made there
   */
  def in(parent: Path): SocketDirectory = {
    val path = Files.createTempDirectory(
      parent, prefix, PosixFilePermissions.asFileAttribute(onlyMine))
    live.add(path)
    try {
      val file = path.resolve(lockName)
      val channel = FileChannel.open(
        file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)
      try {
        if (channel.tryLock() == null) throw new IOException(s"$file could not be locked")
        new SocketDirectory(path, channel)
      } catch { case NonFatal(e) => channel.close(); throw e }
    } catch { case NonFatal(e) => deleteAll(path); live.remove(path); throw e }
  }

  /** Deletes what processes of this user have left in `parent` that are no more. */
  def sweep(parent: Path): Unit = for {
    me <- Try(Files.getOwner(Paths.get("/proc/self"))).toOption
    found <- Try(Files.newDirectoryStream(parent, s"$prefix*")).toOption
  } {
    try {
      for (path <- found.asScala) Try {
        val mine = Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS) &&
          Files.getOwner(path, LinkOption.NOFOLLOW_LINKS) == me &&
          Files.getPosixFilePermissions(path, LinkOption.NOFOLLOW_LINKS).equals(onlyMine)
        if (mine && !live.contains(path) && isLeft(path)) deleteAll(path)
      }
    } finally found.close()
  }

  /** Whether nobody holds its lock. */
  private def isLeft(path: Path): Boolean = {
    val channel = FileChannel.open(
      path.resolve(lockName), StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS)
    try locked(channel).isDefined finally channel.close()
  }

  private def locked(channel: FileChannel): Option[FileLock] =
    try Option(channel.tryLock())
    catch { case _: OverlappingFileLockException => None }

  private def deleteAll(path: Path): Unit =
    Seq(path.resolve(socketName), path.resolve(lockName), path)
      .foreach(file => Try(Files.deleteIfExists(file)))

  private def isAscii(path: Path): Boolean = US_ASCII.newEncoder().canEncode(path.toString)

  private def userId: Option[String] =
    Try(Files.getAttribute(FileSystems.getDefault.getPath("/proc/self"), "unix:uid").toString)
      .toOption
}
