package org.apache.spark.neptune.python

import scala.collection.mutable
import scala.util.Try

/** What was asked of the controller and is not answered yet, and which workers have to stand still:
 *  all that the next controller has to know if this one ends. What is said is in
 *  `neptune_spark.controller.main`.
 *
 * Requests are numbered as they come, and the controller serves them in this order.
 *
 * No process and no clock of its own; guarded by its user's monitor.
 */
private[python] final class PendingRequests {
  import PendingRequests._

  private val requests = mutable.LinkedHashMap.empty[Long, Request]
  private val workers = mutable.LinkedHashMap.empty[WorkerProcess, Worker]
  private var lastNumber = 0L

  /** How many requests are not answered. */
  def size: Int = requests.size

  /** Whether any worker has to stand still. */
  def holdsAny: Boolean = workers.values.exists(_.held)

  /** @return what to say */
  def hold(process: WorkerProcess, graceMs: Long, nowMs: Long)(andThen: => Unit): String = {
    val worker = workers.getOrElseUpdate(process, new Worker)
    worker.graceMs = if (worker.held) math.min(graceMs, worker.graceMs) else graceMs
    worker.held = true
    worker.number = lastNumber + 1
    val text = (n: Long) => words("hold", n, process, worker.graceMs, worker.stopped)
    add(new Request(text, _ => andThen, Some(process), again = true, worker.graceMs), nowMs)
  }

  /** @return what to say */
  def continue(process: WorkerProcess, nowMs: Long)(andThen: => Unit): String = {
    val worker = workers.getOrElseUpdate(process, new Worker)
    worker.held = false
    worker.number = lastNumber + 1
    val text = (n: Long) => words("continue", n, process, worker.stopped)
    val done = (_: Seq[String]) => {
      // What the controller stops from now on is of a later hold.
      worker.stopped.clear()
      andThen
    }
    add(new Request(text, done, Some(process), again = true), nowMs)
  }

  /** @param text with a `%d` for the request's number
   *  @param again whether the next controller is asked, too
   *  @return what to say
   */
  def ask(text: String, again: Boolean, nowMs: Long)(andThen: Seq[String] => Unit): String =
    add(new Request(n => text.format(n), andThen, None, again), nowMs)

  /** What is to be done after what the controller has said; None if that is no answer. */
  def answered(line: String): Option[() => Unit] = line.split(' ').toSeq match {
    case ("done" | "measured") +: Number(n) +: rest =>
      val request = remove(n)
      Some(() => request.foreach(_.andThen(rest)))
    case "refused" +: Number(n) +: _ =>
      remove(n).flatMap(_.process).foreach { process =>
        if (workers.get(process).exists(_.number == n)) workers.remove(process)
      }
      Some(() => ())
    case "stopping" +: process +: rest =>
      for (found <- WorkerProcess.parse(process); worker <- workers.get(found)) {
        worker.stopped ++= rest.flatMap(WorkerProcess.parse)
      }
      Some(() => ())
    case _ => None
  }

  /** What to say to the next controller. */
  def toSendAgain(nowMs: Long): Seq[String] = {
    requests --= requests.collect { case (n, request) if !request.again => n }
    val asked = requests.values.flatMap(_.process).toSet
    // What was answered long ago counts as well.
    for ((process, worker) <- workers.toList if worker.held && !asked(process)) {
      hold(process, worker.graceMs, nowMs)(())
    }
    requests.map { case (n, request) =>
      request.sentMs = nowMs
      request.text(n)
    }.toList
  }

  /** Whether the controller owes an answer for longer than it may take. */
  def isLate(nowMs: Long, limitMs: Long): Boolean =
    requests.values.exists(r => nowMs - r.sentMs > r.graceMs + limitMs)

  /** Takes what the next controller need not do: continuing workers. */
  def takeContinued(): Seq[Continued] = {
    val over = workers.filter { case (_, worker) => !worker.held }.toList
    over.map { case (process, worker) =>
      val stopped = worker.stopped.toList
      val last = requests.get(worker.number)
      requests --= requests.collect {
        case (n, request) if request.process.contains(process) => n
      }
      workers.remove(process)
      Continued(stopped, () => last.foreach(_.andThen(Nil)))
    }
  }

  /** Forgets all; what was held is to be continued. */
  def takeAll(): Seq[Continued] = {
    val continued = takeContinued()
    val held = workers.values.map(w => Continued(w.stopped.toList, () => ())).toList
    requests.clear()
    workers.clear()
    continued ++ held
  }

  private def add(request: Request, nowMs: Long): String = {
    lastNumber += 1
    request.sentMs = nowMs
    requests(lastNumber) = request
    request.text(lastNumber)
  }

  private def remove(n: Long): Option[Request] = {
    val request = requests.remove(n)
    for (found <- request; process <- found.process) {
      if (workers.get(process).exists(w => !w.held && w.number == n)) workers.remove(process)
    }
    request
  }
}

private[python] object PendingRequests {
  /** Processes that are to be continued, parents first, and what is to be done then. */
  final case class Continued(stopped: Seq[WorkerProcess], andThen: () => Unit)

  /** A worker that has to stand still, or is being continued. */
  private final class Worker {
    var held = false
    var graceMs = 0L
    /** The last request for it. */
    var number = 0L
    /** What the controller has stopped, parents first. */
    val stopped: mutable.LinkedHashSet[WorkerProcess] = mutable.LinkedHashSet.empty
  }

  /** @param text what to say, by the request's number; made when it is said
   *  @param process the worker that is held or continued
   *  @param again whether the next controller is asked, too
   *  @param graceMs how much longer than others it may take
   */
  private final class Request(
      val text: Long => String,
      val andThen: Seq[String] => Unit,
      val process: Option[WorkerProcess],
      val again: Boolean,
      val graceMs: Long = 0L) {
    var sentMs = 0L
  }

  private object Number {
    def unapply(word: String): Option[Long] = Try(word.toLong).toOption
  }

  private def words(parts: Any*): String = parts.flatMap {
    case several: Iterable[_] => several
    case one => Seq(one)
  }.mkString(" ")
}
