package org.apache.spark.neptune.python

import java.io.{BufferedReader, File, IOException, InputStreamReader}
import java.nio.charset.StandardCharsets.UTF_8
import java.util.concurrent.{LinkedBlockingQueue, TimeUnit}

import scala.jdk.CollectionConverters._

import neptune.time.{Clock, Timer}

import org.apache.spark.SparkConf
import org.apache.spark.api.python.PythonUtils
import org.apache.spark.neptune.build.BuildProperties
import org.apache.spark.neptune.time.ThreadTimer

/** The process of a `ProcessController`, and its streams.
 *
 * THREADING: `tell` and `end` never wait, though the process may not read: a thread of its own
 * writes. `lines` is for one thread.
 */
private[python] final class ControllerProcess private (process: Process, clock: Clock) {
  import ControllerProcess._

  private val in = new BufferedReader(new InputStreamReader(process.getInputStream, UTF_8))
  private val unwritten = new LinkedBlockingQueue[String](unwrittenAtMost)
  private val startedNs = clock.nanoTime()
  @volatile private var last = ""
  private val writer = new Thread(() => write(), "neptune-controller-writer")
  writer.setDaemon(true)
  writer.start()

  /** What it says, to its end. */
  val lines: Iterator[String] = Iterator.continually(line()).takeWhile(_ != null)

  /** Whether this was the last that it said. */
  def lastLineIs(word: String): Boolean = last == word

  def livedMs: Long = TimeUnit.NANOSECONDS.toMillis(clock.nanoTime() - startedNs)

  /** An end is seen by the reader; one that leaves too much unread is made to end. */
  def tell(text: String): Unit = if (!unwritten.offer(text)) kill()

  /** Lets it end when it has done what it was told. */
  def end(): Unit = tell(endOfLines)

  def kill(): Unit = process.destroyForcibly()

  private def line(): String = {
    val next = try in.readLine() catch { case _: IOException => null }
    if (next == null) unwritten.offer(endOfLines) else last = next
    next
  }

  private def write(): Unit = {
    val out = process.getOutputStream
    try {
      Iterator.continually(unwritten.take()).takeWhile(_ ne endOfLines).foreach { text =>
        out.write(s"$text\n".getBytes(UTF_8))
        if (unwritten.isEmpty) out.flush()
      }
    } catch {
      case _: IOException => ()
    } finally {
      try out.close() catch { case _: IOException => () }
    }
  }
}

private[python] object ControllerProcess {
  private val program =
    "import neptune_spark.controller.check; from neptune_spark.controller.main import main; main()"
  private val ready = "ready"
  private val startLimitSeconds = 60L
  private val unwrittenAtMost = 4096
  private val nowhere = ProcessBuilder.Redirect.to(new File("/dev/null"))
  /** Compared by identity. */
  private val endOfLines = new String("end")

  /** @param problem one sentence
   *  @param saysWhy whether the interpreter said so itself, and hence would again
   */
  final case class NoStart(problem: String, saysWhy: Boolean)

  /** Starts one with the workers' interpreter, and waits until it is ready. */
  def launch(
      python: String, conf: SparkConf, clock: Clock): Either[NoStart, ControllerProcess] = {
    val builder = new ProcessBuilder(python, "-c", program, BuildProperties.version)
      .redirectErrorStream(true)
    builder.environment().put("PYTHONPATH", PythonUtils.mergePythonPaths(
      PythonUtils.sparkPythonPath,
      conf.get("spark.executorEnv.PYTHONPATH", ""),
      sys.env.getOrElse("PYTHONPATH", "")))
    try {
      val process = builder.start()
      val running = new ControllerProcess(process, clock)
      val limit: Timer = new ThreadTimer("neptune-controller-start")
      @volatile var tooLate = false
      limit.afterMs(TimeUnit.SECONDS.toMillis(startLimitSeconds)) {
        tooLate = true
        running.kill()
      }
      try {
        val said = running.lines.takeWhile(_ != ready).toList
        if (running.lastLineIs(ready)) Right(running)
        else Left(said.lastOption.fold {
          val how =
            if (tooLate) s"did not answer within $startLimitSeconds s"
            else s"said nothing before it ended with exit code ${process.waitFor()}"
          NoStart(PythonCheck.silent(python, how), saysWhy = tooLate)
        }(last => NoStart(PythonCheck.sentence(python, last, conf), saysWhy = true)))
      } finally limit.stop()
    } catch {
      case e: IOException =>
        Left(NoStart(PythonCheck.sentence(python, e.getMessage, conf), saysWhy = true))
    }
  }

  /** Continues processes without a controller, given parents first, the last ones first. */
  def continueByShell(stopped: Seq[WorkerProcess]): Unit = {
    val numbers = stopped.reverse.filter(_.isThere).map(_.pid.toString)
    if (numbers.nonEmpty) {
      val kill = Seq("/bin/sh", "-c", "for pid; do kill -CONT $pid; done", "sh") ++ numbers
      val shell = new ProcessBuilder(kill.asJava)
        .redirectOutput(nowhere)
        .redirectError(nowhere)
        .start()
      shell.waitFor(startLimitSeconds, TimeUnit.SECONDS)
    }
  }
}
