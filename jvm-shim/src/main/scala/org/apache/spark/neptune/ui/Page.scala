package org.apache.spark.neptune.ui

import java.util.concurrent.ConcurrentHashMap

import scala.util.control.NonFatal
import scala.xml.Node

import com.fasterxml.jackson.databind.JsonNode
import org.json4s.JValue
import org.json4s.jackson.JsonMethods

import org.apache.spark.internal.Logging
import org.apache.spark.neptune.compat.Servlets
import org.apache.spark.ui.{UIUtils, WebUIPage}

/** A page of the tab: a frame, which a script fills from the page's JSON, again each second while
 *  the application lives.
 *
 * All that is shown of users' texts gets there as JSON, and into the page as text by the script.
 *
 * @param path below the tab's own; the tab's first page has none
 */
private[neptune] final class Page(
    tab: NeptuneTab, path: String, title: String, answer: Servlets.Request => Map[String, Any])
  extends WebUIPage(path) with Logging {

  private val failures = ConcurrentHashMap.newKeySet[Class[_]]()

  override def render(request: Servlets.Request): Seq[Node] = {
    def url(below: String): String = UIUtils.prependBaseUri(request, tab.basePath, below)
    // With the slash: without it, Jetty redirects, and does not know of a proxy.
    val json = url(Page.below(path) + "json/")
    UIUtils.headerSparkPage(request, "Neptune", frame(json, url), tab)
  }

  private def frame(json: String, url: String => String): Seq[Node] =
    <div class="neptune">
      {Assets.style}
      <ul class="nav nav-pills neptune-pages">{tab.titled.map { case (other, name) =>
        val shown = if (other == path) "nav-link active" else "nav-link"
        <li class="nav-item"><a class={shown} href={url(Page.below(other))}>{name}</a></li>
      }}</ul>
      <div id="neptune-error" class="alert alert-danger d-none" role="alert"></div>
      <noscript>This page is drawn by a script; its data is at <a href={json}>json</a>.</noscript>
      <div id="neptune-page" data-page={if (path.isEmpty) "now" else path} data-json={json}
           data-base={url("")} data-live={tab.isLive.toString}></div>
      {Assets.scripts}
    </div>

  /** Never fails: what does is said in the page, and in the log once for each kind of failure. */
  override def renderJson(request: Servlets.Request): JValue = {
    val said =
      try answer(request)
      catch {
        case NonFatal(e) =>
          val message = s"The page '$title' of Neptune's tab can't be shown: $e"
          if (failures.add(e.getClass)) logWarning(message, e) else logDebug(message, e)
          Map("error" -> message)
      }
    JsonMethods.fromJsonNode(Answers.mapper.valueToTree[JsonNode](said))
  }
}

private[neptune] object Page {
  /** Where a page is in the UI. */
  private def below(path: String): String =
    if (path.isEmpty) "/neptune/" else s"/neptune/$path/"
}
