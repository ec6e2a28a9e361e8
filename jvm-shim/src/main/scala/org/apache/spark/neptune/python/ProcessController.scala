package org.apache.spark.neptune.python

import java.io.IOException
import java.util.concurrent.TimeUnit

import scala.util.control.NonFatal

import neptune.time.{Clock, Timer}

import org.apache.spark.SparkConf
import org.apache.spark.internal.Logging
import org.apache.spark.neptune.python.ControllerProcess.NoStart
import org.apache.spark.neptune.time.{SystemTime, ThreadTimer}

/** A Python process beside the executor, which stops, continues and measures its workers, and makes
 *  threads nicer: the JVM can't do that. See `neptune_spark.controller.main` for what is said.
 *
 * Starting it checks the workers' Python, too. If it ends, or does not answer in time, another is
 * started, and told what it has to know; meanwhile what is to go on is continued by a shell. If
 * none can be started any more, all is continued so.
 *
 * THREADING: safe for all callers, none of which waits. What is to be done after an answer runs on
 * the thread that reads the answers, or on that of the timer.
 *
 * @param timer its own, since to start a process takes its time
 */
private[neptune] final class ProcessController private (
    python: String, conf: SparkConf, limits: ProcessController.Limits, clock: Clock, timer: Timer)
  extends ProcessControl with NicenessControl with Logging {
  import ProcessController._

  private val pending = new PendingRequests
  private var process: Option[ControllerProcess] = None
  private var closed = false
  /** No other one will be started. */
  private var abandoned = false
  // Of the timer's thread.
  private val backOff = new BackOff(limits.firstPauseMs, limits.longestPauseMs, calmMs)
  private var failures = 0
  lookLater()

  override def hold(worker: WorkerProcess, graceMs: Long)(andThen: => Unit): Unit =
    synchronized {
      if (!abandoned) {
        val text = pending.hold(worker, graceMs, nowMs)(andThen)
        process.foreach(_.tell(text))
      }
    }

  override def continue(worker: WorkerProcess)(andThen: => Unit): Unit = synchronized {
    val text = pending.continue(worker, nowMs)(andThen)
    if (process.isDefined) process.foreach(_.tell(text))
    else continueByShell(pending.takeContinued())
  }

  /** Has workers measured; those that are gone by then are left out. */
  def measure(workers: Seq[WorkerProcess])(andThen: Seq[Measured] => Unit): Unit =
    askIfFree(workers.mkString("measure %d ", " ", ""), again = false)(words => andThen(
      words.map(_.toLong).grouped(4).collect { case Seq(p, rss, cpu, n) =>
        Measured(p, rss, cpu, n)
      }.toList))

  override def mayNice(andThen: Boolean => Unit): Unit =
    synchronized(tell("may-nice %d", again = true)(words => andThen(words == Seq("1"))))

  override def nice(worker: WorkerProcess, by: Int): Boolean =
    askIfFree(s"nice %d $worker $by")()

  override def niceThread(threadId: Long, by: Int): Boolean =
    askIfFree(s"nice-thread %d $threadId $by")()

  override def takeBackInherited(by: Int): Unit = askIfFree(s"reset-inherited %d $by")()

  /** Ends the process, which continues all that it has stopped. */
  def close(): Unit = synchronized {
    closed = true
    process.foreach(_.end())
    // One that stands still is ended, and its work done for it.
    timer.afterMs(if (process.isDefined) limits.answerMs else 0L)(leave())
  }

  private def askIfFree(text: String, again: Boolean = true)(
      andThen: Seq[String] => Unit = _ => ()): Boolean = synchronized {
    val free = process.isDefined && pending.size < unansweredAtMost
    if (free) tell(text, again)(andThen)
    free
  }

  private def tell(text: String, again: Boolean)(andThen: Seq[String] => Unit): Unit = {
    val said = pending.ask(text, again, nowMs)(andThen)
    process.foreach(_.tell(said))
  }

  private def adopt(running: ControllerProcess): Unit = synchronized {
    if (closed) running.end()
    else {
      process = Some(running)
      pending.toSendAgain(nowMs).foreach(running.tell)
      val reader = new Thread(() => read(running), "neptune-controller")
      reader.setDaemon(true)
      reader.start()
    }
  }

  private def read(running: ControllerProcess): Unit = {
    running.lines.foreach { line =>
      synchronized(pending.answered(line)) match {
        case Some(act) => quietly(act())
        case None => logWarning(s"Neptune's process controller: $line")
      }
    }
    ended(running)
  }

  /** Nothing more comes of it, but perhaps what it has said already. */
  private def ended(running: ControllerProcess): Unit = synchronized {
    if (process.contains(running)) {
      process = None
      continueByShell(pending.takeContinued())
      if (!closed) {
        logWarning(s"Neptune's process controller ($python) has ended; starting another")
        timer.afterMs(0L)(startIn(backOff.ended(running.livedMs)))
      }
    }
  }

  private def startIn(ms: Long): Unit = timer.afterMs(ms)(start())

  private def start(): Unit = if (!synchronized(closed)) {
    ControllerProcess.launch(python, conf, clock) match {
      case Right(running) =>
        failures = 0
        adopt(running)
      case Left(NoStart(problem, saysWhy)) =>
        // One that says nothing may have been killed as it started.
        if (saysWhy) failures += 1
        if (failures < failuresAtMost) startIn(backOff.ended(livedMs = 0L)) else giveUp(problem)
    }
  }

  private def giveUp(problem: String): Unit = {
    synchronized {
      abandoned = true
      continueByShell(pending.takeAll())
    }
    logError(s"$problem Python tasks in C calls can't be suspended here any more.")
  }

  private def lookLater(): Unit = timer.afterMs(lookMs) {
    look()
    lookLater()
  }

  /** Whether it does what it is asked. */
  private def look(): Unit = quietly(synchronized {
    process.foreach { running =>
      if (pending.isLate(nowMs, limits.answerMs)) {
        logWarning(s"Neptune's process controller ($python) has not answered for " +
          s"${limits.answerMs} ms")
        running.kill()
        ended(running)
      } else if (pending.holdsAny && pending.size == 0) {
        tell("ping %d", again = false)(_ => ())
      }
    }
  })

  /** After `close`. */
  private def leave(): Unit = synchronized {
    process.foreach(_.kill())
    process = None
    continueByShell(pending.takeAll())
    // After that.
    timer.afterMs(0L)(timer.stop())
  }

  /** On the timer's thread, since it takes its time. */
  private def continueByShell(what: Seq[PendingRequests.Continued]): Unit =
    if (what.nonEmpty) timer.afterMs(0L)(what.foreach { continued =>
      try ControllerProcess.continueByShell(continued.stopped)
      catch { case e: IOException => logError("Neptune: Python workers stay stopped", e) }
      quietly(continued.andThen())
    })

  private def nowMs: Long = TimeUnit.NANOSECONDS.toMillis(clock.nanoTime())

  private def quietly(act: => Unit): Unit =
    try act
    catch { case NonFatal(e) => logError("Neptune: a fault after the controller's answer", e) }
}

private[neptune] object ProcessController {
  /** What a worker and the processes that it has started use. */
  final case class Measured(pid: Long, rssBytes: Long, cpuMs: Long, processes: Long)

  /** What a process may take, in milliseconds.
   *
   * @param answerMs until it answers
   * @param firstPauseMs before it is started for the third time
   * @param longestPauseMs before it is started again, however often that was
   */
  final case class Limits(answerMs: Long, firstPauseMs: Long, longestPauseMs: Long)

  /** One that a local driver has started before its executor was there. */
  private var early: Option[ProcessController] = None

  /** The driver's: starts a controller for the executor in the same process.
   *
   * @return what is wrong with the interpreter, in one sentence; None when all is well
   */
  def startEarly(python: String, conf: SparkConf): Option[String] = synchronized {
    early.foreach(_.close()) // of a session that failed to start
    val result = launched(python, conf, usual)
    early = result.toOption
    result.left.toOption
  }

  /** A running controller, or what is wrong with the interpreter, in one sentence. */
  def started(python: String, conf: SparkConf): Either[String, ProcessController] = synchronized {
    val kept = early
    early = None
    kept.fold(launched(python, conf, usual))(Right(_))
  }

  /** The same, always a new one.
   *
   * @param limits what it may take
   */
  def launched(
      python: String, conf: SparkConf, limits: Limits): Either[String, ProcessController] = {
    val clock = SystemTime
    val timer = new ThreadTimer("neptune-controller-timer")
    val controller = new ProcessController(python, conf, limits, clock, timer)
    def launch(attempts: Int): Either[NoStart, ControllerProcess] =
      ControllerProcess.launch(python, conf, clock) match {
        // It may have been killed, which is no fault of the interpreter.
        case Left(NoStart(problem, false)) if attempts > 1 =>
          controller.logWarning(s"$problem Neptune tries it again.")
          launch(attempts - 1)
        case other => other
      }
    val started = launch(attemptsAtMost).left.map(_.problem)
    started.fold(_ => controller.close(), controller.adopt)
    started.map(_ => controller)
  }

  /** Answers take less than a millisecond each, and what takes longer has a limit of a second. */
  private val usual = Limits(answerMs = 5000L, firstPauseMs = 50L, longestPauseMs = 5000L)
  private val lookMs = 500L
  private val calmMs = 60000L
  /** Far fewer than would keep it from what is urgent. */
  private val unansweredAtMost = 256
  private val attemptsAtMost = 10
  /** Of starts in a row that say why: it takes half a minute to give up. */
  private val failuresAtMost = 12
}
