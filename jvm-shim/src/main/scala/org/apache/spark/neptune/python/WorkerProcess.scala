package org.apache.spark.neptune.python

import java.io.IOException
import java.nio.file.{Files, Path}

import scala.util.Try

/** A Python worker's process, which no later one of the same number is taken for.
 *
 * @param startTicks when it started, in ticks since the machine did; 0 where that is not known
 */
private[neptune] final case class WorkerProcess(pid: Long, startTicks: Long) {
  /** As `neptune_spark.controller.process_tree.Identity` reads it. */
  override def toString: String = s"$pid:$startTicks"

  def isThere: Boolean =
    ProcessHandle.of(pid).isPresent && WorkerProcess.startTicks(pid) == startTicks
}

private[neptune] object WorkerProcess {
  /** Of the fields of /proc/PID/stat that follow the name (proc(5)). */
  private val startField = 19
  private val generationsAtMost = 1000

  /** The process of this number, if it was started by this one, or by one that was, and so on. */
  def below(pid: Long): Option[WorkerProcess] = {
    val parents = Iterator.iterate(ProcessHandle.of(pid))(_.flatMap(_.parent()))
      .takeWhile(_.isPresent).take(generationsAtMost).drop(1)
    if (!parents.exists(_.get() == ProcessHandle.current())) None
    else Some(WorkerProcess(pid, startTicks(pid)))
  }

  /** What `toString` made of one. */
  def parse(text: String): Option[WorkerProcess] = text.split(':') match {
    case Array(pid, start) =>
      Try(WorkerProcess(pid.toLong, start.toLong)).toOption
    case _ => None
  }

  private def startTicks(pid: Long): Long =
    try {
      val stat = new String(Files.readAllBytes(Path.of(s"/proc/$pid/stat")), "ISO-8859-1")
      // The name before may have blanks and parentheses of its own.
      stat.drop(stat.lastIndexOf(')') + 2).split(' ')(startField).toLong
    } catch { case _: IOException => 0L }
}
