package org.apache.spark.neptune.driver

import java.lang.management.ManagementFactory

import com.fasterxml.jackson.databind.ObjectMapper
import com.fasterxml.jackson.module.scala.DefaultScalaModule
import com.sun.management.OperatingSystemMXBean
import neptune.core.{CoreLedger, LaunchedTask, Nanocores, TaskEntry}

import org.apache.spark.api.java.JavaSparkContext
import org.apache.spark.neptune.driver.report.Chronicle
import org.apache.spark.neptune.time.{SystemTime, ThreadTimer}
import org.apache.spark.neptune.ui.NeptuneListener
import org.apache.spark.scheduler.SparkListenerEvent
import org.apache.spark.status.ElementTrackingStore

/** What it costs the driver to tell the event log of suspensions: tasks that don't exist are
 *  suspended and resumed in turn, at a steady pace, and each is told of.
 */
final class EventCost(jsc: JavaSparkContext) {
  import EventCost._

  private val sc = jsc.sc
  private val ledger = new CoreLedger
  private val entries: IndexedSeq[TaskEntry] = (0 until tasks).map { i =>
    val executor = (i % executors).toString
    ledger.offered(executor, Nanocores.PerCore)
    ledger.launched(new LaunchedTask(
      i.toLong, executor, Nanocores.PerCore, -10, true, 0, 0, "ANY", SystemTime.nanoTime()))
  }

  /** @param how "nothing"; "events": two for each suspension, both in the log; "summaries"; "tab":
   *             summaries, and what the tab shows of them
   * @return what it took, as JSON
   */
  def run(how: String, suspensions: Int, perSecond: Int): String = {
    val lock = new Object
    val timer = new ThreadTimer("event-cost")
    val chronicle = new Chronicle(
      how != "nothing" && how != "events", lock, Nil, "", _ => None, post, timer, SystemTime)
    if (how == "tab") sc.statusStore.store match {
      case store: ElementTrackingStore =>
        sc.listenerBus.addToQueue(new NeptuneListener(store, live = true), "tab")
      case other => throw new IllegalStateException(s"Spark keeps its rows in a ${other.getClass}")
    }
    val process = ManagementFactory.getPlatformMXBean(classOf[OperatingSystemMXBean])
    val threads = ManagementFactory.getThreadMXBean
    val (processNs, began) = (process.getProcessCpuTime, SystemTime.nanoTime())
    var heldNs = 0L
    (0 until suspensions).foreach { i =>
      val due = began + i * 1000000000L / perSecond
      while (SystemTime.nanoTime() < due) Thread.sleep(1)
      val before = threads.getCurrentThreadCpuTime
      lock.synchronized(once(entries(i % tasks), how, chronicle))
      heldNs += threads.getCurrentThreadCpuTime - before
    }
    val ended = SystemTime.nanoTime()
    chronicle.stop()
    sc.listenerBus.waitUntilEmpty()
    timer.stop()
    mapper.writeValueAsString(Map[String, Any](
      "how" -> how, "suspensions" -> suspensions, "wall_s" -> (ended - began) / 1e9,
      "scheduler_cpu_s" -> heldNs / 1e9,
      "driver_cpu_s" -> (process.getProcessCpuTime - processNs) / 1e9,
      "late_s" -> (SystemTime.nanoTime() - ended) / 1e9))
  }

  private def once(entry: TaskEntry, how: String, chronicle: Chronicle): Unit = {
    val id = entry.task.taskId
    val seq = ledger.requestSuspend(id, manual = false, SystemTime.nanoTime()).get
    ledger.suspended(id, seq, SystemTime.nanoTime())
    if (how == "events") {
      post(LoggedSuspended(id, 0, entry.task.executorId, -10, now, manual = false,
        entry.timesSuspended))
    } else if (how != "nothing") chronicle.suspended(entry, 0)
    val back = ledger.requestResume(id, byForce = true, SystemTime.nanoTime()).get
    ledger.resumed(id, back)
    if (how == "events") {
      post(LoggedResumed(id, 0, entry.task.executorId, -10, now, manual = false, "core", ""))
    } else if (how != "nothing") chronicle.resumed(entry, 0, "core", "")
  }

  private def now: Long = SystemTime.getTimeMillis()
  private def post(event: SparkListenerEvent): Unit = sc.listenerBus.post(event)
}

private object EventCost {
  private val tasks = 1000
  private val executors = 100
  private val mapper = new ObjectMapper().registerModule(DefaultScalaModule)
}

/** As Neptune had it in the log before there were summaries. */
final case class LoggedSuspended(
    taskId: Long, stageId: Int, executorId: String, priority: Int, time: Long, manual: Boolean,
    times: Int)
  extends SparkListenerEvent

final case class LoggedResumed(
    taskId: Long, stageId: Int, executorId: String, priority: Int, time: Long, manual: Boolean,
    reason: String, waitedFor: String)
  extends SparkListenerEvent
