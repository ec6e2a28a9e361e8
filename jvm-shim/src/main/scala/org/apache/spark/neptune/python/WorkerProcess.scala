package org.apache.spark.neptune.python

import java.io.IOException
import java.nio.file.{Files, Paths}

import scala.util.Try

/** A Python worker's process, which no later one of the same number is taken for.
 *
 * @param startTicks when it started, in ticks since the machine did
 */
private[neptune] final case class WorkerProcess(pid: Long, startTicks: Long) {
  /** As `neptune_spark.controller.process_tree.Identity` reads it. */
  override def toString: String = s"$pid:$startTicks"

  def isThere: Boolean = WorkerProcess.stat(pid).exists(_.startTicks == startTicks)
}

private[neptune] object WorkerProcess {
  /** Of the fields of /proc/PID/stat that follow the name (proc(5)). */
  private val parentField = 1
  private val startField = 19
  private val generationsAtMost = 1000

  /** The process of this number, if it was started by this one, or by one that was, and so on. */
  def below(pid: Long): Option[WorkerProcess] = for {
    me <- self
    process <- stat(pid)
    parents = Iterator.iterate(Option(process))(_.flatMap(child => stat(child.parent)))
      .takeWhile(_.isDefined).flatten.take(generationsAtMost).map(_.parent)
    if parents.contains(me)
  } yield WorkerProcess(pid, process.startTicks)

  /** What `toString` made of one. */
  def parse(text: String): Option[WorkerProcess] = text.split(':') match {
    case Array(pid, start) =>
      Try(WorkerProcess(pid.toLong, start.toLong)).toOption
    case _ => None
  }

  private final case class Stat(parent: Long, startTicks: Long)

  /** None: there is no such process. */
  private def stat(pid: Long): Option[Stat] =
    try {
      val stat = new String(Files.readAllBytes(Paths.get(s"/proc/$pid/stat")), "ISO-8859-1")
      // The name before may have blanks and parentheses of its own.
      val fields = stat.drop(stat.lastIndexOf(')') + 2).split(' ')
      Some(Stat(fields(parentField).toLong, fields(startField).toLong))
    } catch { case _: IOException => None }

  /** This process; Java has no other way to tell before 9. */
  private def self: Option[Long] =
    try Some(Files.readSymbolicLink(Paths.get("/proc/self")).toString.toLong)
    catch { case _: IOException => None }
}
