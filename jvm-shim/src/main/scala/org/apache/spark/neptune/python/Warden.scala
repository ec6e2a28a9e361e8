package org.apache.spark.neptune.python

import java.io.{BufferedReader, IOException, InputStreamReader, OutputStreamWriter}
import java.nio.charset.StandardCharsets.UTF_8
import java.util.concurrent.{Executors, TimeUnit}

import scala.collection.mutable

import org.apache.spark.SparkConf
import org.apache.spark.api.python.PythonUtils
import org.apache.spark.internal.Logging

/** A Python process beside the executor, which stops, continues and measures its workers, and makes
 *  threads nicer: the JVM can't do that. See `neptune_spark.worker.warden` for what is said.
 *
 * Starting it checks the workers' Python, too. If it dies it is started anew and told again what
 * it has not answered.
 *
 * THREADING: safe for all callers, none of which waits. What is to be done after an answer runs on
 * the thread that reads the answers.
 */
private[neptune] final class Warden private (python: String, conf: SparkConf) extends Logging {
  import Warden._

  private val requests = mutable.LinkedHashMap.empty[Long, Request]
  private var number = 0L
  private var process: Option[Running] = None
  private var closed = false
  /** Since the last answer. Used by the threads that read the answers, of which there is one at a
   *  time. */
  private var restarts = 0

  /** Has a worker's processes stopped. */
  def stop(pid: Long)(andThen: => Unit): Unit = ask(s"stop %d $pid", _ => andThen)

  /** Has them continued. */
  def continue(pid: Long)(andThen: => Unit): Unit = ask(s"continue %d $pid", _ => andThen)

  /** Has workers measured; those that are gone by then are left out. */
  def measure(pids: Seq[Long])(andThen: Seq[Measured] => Unit): Unit =
    ask(pids.mkString("measure %d ", " ", ""), words => andThen(
      words.map(_.toLong).grouped(4).collect { case Seq(p, rss, cpu, n) =>
        Measured(p, rss, cpu, n)
      }.toSeq))

  /** Finds out whether the operating system lets threads be made nicer, and that be taken back. */
  def mayNice(andThen: Boolean => Unit): Unit =
    ask("may-nice %d", words => andThen(words == Seq("1")))

  /** Makes a worker nicer by so much.
   *
   * @return whether it was asked for; not, when too much else is still to be done
   */
  def nice(pid: Long, by: Int): Boolean = askIfFree(s"nice %d $pid $by")

  /** The same for a thread of this process. */
  def niceThread(threadId: Long, by: Int): Boolean = askIfFree(s"nice-thread %d $threadId $by")

  /** Takes it back from threads that were started by a thread that is nicer by so much. */
  def takeBackFromHeirs(by: Int): Unit = askIfFree(s"heirs %d $by")

  /** Ends the process, which continues all that it has stopped. */
  def close(): Unit = synchronized {
    closed = true
    process.foreach(_.end())
  }

  private def ask(text: String, andThen: Seq[String] => Unit): Unit = synchronized {
    number += 1
    val request = Request(text.format(number), andThen)
    process.foreach { running =>
      requests(number) = request
      running.tell(request.text)
    }
  }

  private def askIfFree(text: String): Boolean = synchronized {
    val free = requests.size < unansweredAtMost
    if (free) ask(text, _ => ())
    free
  }

  private def adopt(running: Running): Unit = synchronized {
    if (closed) running.end()
    else {
      process = Some(running)
      requests.values.foreach(r => running.tell(r.text))
      val reader = new Thread(() => read(running), "neptune-warden")
      reader.setDaemon(true)
      reader.start()
    }
  }

  private def read(running: Running): Unit = {
    running.lines.foreach { line =>
      line.split(' ').toSeq match {
        case ("done" | "measured") +: answered +: words =>
          restarts = 0
          synchronized(requests.remove(answered.toLong)).foreach(_.andThen(words))
        case _ => logWarning(s"Neptune's warden: $line")
      }
    }
    if (!synchronized(closed)) restart()
  }

  private def restart(): Unit = {
    restarts += 1
    logWarning(s"Neptune's warden of Python workers ($python) has ended; it is started anew")
    // One that ends again and again must not be started for ever.
    launch() match {
      case Right(running) => adopt(running)
      // It may have been killed as it started.
      case Left(_) if restarts < attemptsAtMost && !synchronized(closed) => restart()
      case Left(NoStart(problem, _)) =>
        synchronized {
          process = None
          requests.clear()
        }
        logError(s"$problem Python tasks in C calls can't be suspended here any more.")
    }
  }

  private def launch(): Either[NoStart, Running] = {
    val builder = new ProcessBuilder(python, "-c", program).redirectErrorStream(true)
    builder.environment().put("PYTHONPATH", PythonUtils.mergePythonPaths(
      PythonUtils.sparkPythonPath,
      conf.get("spark.executorEnv.PYTHONPATH", ""),
      sys.env.getOrElse("PYTHONPATH", "")))
    try {
      val process = builder.start()
      val running = new Running(process)
      val limit = Executors.newSingleThreadScheduledExecutor()
      val late = limit.schedule(() => { running.kill(); true }, startLimitSeconds, TimeUnit.SECONDS)
      try {
        val said = running.lines.takeWhile(_ != ready).toSeq
        if (running.said(ready)) Right(running)
        else Left(said.lastOption.fold {
          val tooLate = late.isDone
          val how =
            if (tooLate) s"did not answer within $startLimitSeconds s"
            else s"said nothing before it ended with exit code ${process.waitFor()}"
          NoStart(PythonCheck.silent(python, how), saysWhy = tooLate)
        }(last => NoStart(PythonCheck.sentence(python, last), saysWhy = true)))
      } finally limit.shutdownNow()
    } catch {
      case e: IOException =>
        Left(NoStart(PythonCheck.sentence(python, e.getMessage), saysWhy = true))
    }
  }
}

private[neptune] object Warden {
  /** What a worker and the processes that it has started use. */
  final case class Measured(pid: Long, rssBytes: Long, cpuMs: Long, processes: Long)

  /** One that a local driver has started before its executor was there. */
  private var early: Option[Warden] = None

  /** The driver's: starts a warden for the executor in the same process.
   *
   * @return what is wrong with the interpreter, in one sentence; None when all is well
   */
  def startEarly(python: String, conf: SparkConf): Option[String] = synchronized {
    early.foreach(_.close()) // of a session that failed to start
    val result = launched(python, conf)
    early = result.toOption
    result.left.toOption
  }

  /** A running warden, or what is wrong with the interpreter, in one sentence. */
  def started(python: String, conf: SparkConf): Either[String, Warden] = synchronized {
    val kept = early
    early = None
    kept.fold(launched(python, conf))(Right(_))
  }

  private def launched(python: String, conf: SparkConf): Either[String, Warden] = {
    val warden = new Warden(python, conf)
    def launch(attempts: Int): Either[NoStart, Running] = warden.launch() match {
      // It may have been killed, which is no fault of the interpreter.
      case Left(NoStart(problem, false)) if attempts > 1 =>
        warden.logWarning(s"$problem Neptune tries it again.")
        launch(attempts - 1)
      case result => result
    }
    launch(attemptsAtMost).left.map(_.problem).map { running =>
      warden.adopt(running)
      warden
    }
  }

  /** @param problem one sentence
   *  @param saysWhy whether the interpreter said so itself, and hence would again
   */
  private final case class NoStart(problem: String, saysWhy: Boolean)

  private final case class Request(text: String, andThen: Seq[String] => Unit)

  private val program =
    "import neptune_spark.worker.check; from neptune_spark.worker.warden import main; main()"
  private val ready = "ready"
  private val startLimitSeconds = 60L
  /** Far fewer than a pipe holds, so that nobody waits. */
  private val unansweredAtMost = 256
  private val attemptsAtMost = 10

  /** The process and its streams. */
  private final class Running(process: Process) {
    private val in = new BufferedReader(new InputStreamReader(process.getInputStream, UTF_8))
    private val out = new OutputStreamWriter(process.getOutputStream, UTF_8)
    private var last = ""

    /** What it says, to its end. */
    val lines: Iterator[String] = Iterator.continually(line()).takeWhile(_ != null)

    private def line(): String = {
      val next = try in.readLine() catch { case _: IOException => null }
      if (next != null) last = next
      next
    }

    def said(word: String): Boolean = last == word

    /** An end is seen by the reader. */
    def tell(text: String): Unit =
      try {
        out.write(text + "\n")
        out.flush()
      } catch { case _: IOException => () }

    def end(): Unit = try out.close() catch { case _: IOException => () }
    def kill(): Unit = process.destroyForcibly()
  }
}
