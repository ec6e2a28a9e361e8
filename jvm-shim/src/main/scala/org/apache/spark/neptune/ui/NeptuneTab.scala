package org.apache.spark.neptune.ui

import org.apache.spark.SparkContext
import org.apache.spark.neptune.compat.Servlets
import org.apache.spark.neptune.driver.scheduler.NeptuneTaskScheduler
import org.apache.spark.neptune.time.SystemTime
import org.apache.spark.status.ElementTrackingStore
import org.apache.spark.ui.{SparkUI, SparkUITab}

/** "Neptune" beside Spark's own tabs: who waits for whom, and why. */
private[neptune] final class NeptuneTab(ui: SparkUI, answers: Answers)
  extends SparkUITab(ui, "neptune") {

  /** The pages by their paths, and what they are called. */
  val titled: Seq[(String, String)] =
    NeptuneTab.pages.map { case (path, title, _) => path -> title }

  NeptuneTab.pages.foreach { case (path, title, answer) =>
    attachPage(new Page(this, path, title, answer(answers, _)))
  }

  /** Whether what the pages show may change. */
  def isLive: Boolean = answers.isLive
}

private[neptune] object NeptuneTab {
  private val queue = "neptune-ui"

  private val pages: Seq[(String, String, (Answers, Servlets.Request) => Map[String, Any])] = Seq(
    ("", "Now", (answers, request) => answers.standing(Requests.part(request))),
    ("time", "Over time", (answers, request) => answers.overTime(Requests.seconds(request))),
    ("suspensions", "Suspensions",
      (answers, request) => answers.suspensions(Requests.part(request))),
    ("jobs", "Jobs", (answers, request) => answers.jobs(Requests.part(request))),
    ("stages", "Stages", (answers, request) => answers.stages(Requests.part(request))),
    ("decisions", "Decisions", (answers, request) => answers.decisions(Requests.part(request))),
    ("streams", "Streams", (answers, request) => answers.streams(Requests.part(request))),
    ("settings", "Settings", (answers, _) => answers.settings))

  /** Adds the tab to a live application, if it has a UI. */
  def addTo(sc: SparkContext): Unit = for (ui <- sc.ui) sc.statusStore.store match {
    case store: ElementTrackingStore =>
      sc.listenerBus.addToQueue(new NeptuneListener(store, live = true), queue)
      addTo(ui, new Answers(new StoredRows(store), Some(standing(sc, _)), SystemTime))
    case _ => ()
  }

  def addTo(ui: SparkUI, answers: Answers): Unit = {
    Assets.prepare()
    ui.attachTab(new NeptuneTab(ui, answers))
  }

  private def standing(sc: SparkContext, part: Part): Map[String, Any] = sc.taskScheduler match {
    case scheduler: NeptuneTaskScheduler => scheduler.neptune().standing(part.number, part.size)
    case _ => throw new IllegalStateException("The application is being stopped.")
  }
}
