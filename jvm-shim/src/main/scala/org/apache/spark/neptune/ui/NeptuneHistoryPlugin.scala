package org.apache.spark.neptune.ui

import scala.util.control.NonFatal

import org.apache.spark.SparkConf
import org.apache.spark.internal.Logging
import org.apache.spark.neptune.time.SystemTime
import org.apache.spark.scheduler.SparkListener
import org.apache.spark.status.{AppHistoryServerPlugin, ElementTrackingStore}
import org.apache.spark.ui.SparkUI

/** The tab in the History Server, if that has the jar; found by ServiceLoader.
 *
 * Nothing of it, failures included, keeps the server from showing an application as ever.
 */
private[neptune] final class NeptuneHistoryPlugin extends AppHistoryServerPlugin with Logging {
  override def createListeners(conf: SparkConf, store: ElementTrackingStore): Seq[SparkListener] =
    guarded(Seq.empty[SparkListener])(Seq(new NeptuneListener(store, live = false)))

  override def setupUI(ui: SparkUI): Unit = guarded(()) {
    val rows = new StoredRows(ui.store.store)
    // Else the application ran without Neptune.
    if (!rows.isEmpty) NeptuneTab.addTo(ui, new Answers(rows, None, SystemTime))
  }

  // After Spark's own.
  override def displayOrder: Int = NeptuneHistoryPlugin.order

  private def guarded[T](otherwise: T)(act: => T): T =
    try act
    catch {
      // A jar that is for another Spark lacks members.
      case e @ (NonFatal(_) | _: LinkageError) =>
        logWarning("Neptune's tab can't be shown; is the jar the one for this Spark?", e)
        otherwise
    }
}

private object NeptuneHistoryPlugin {
  private val order = 100
}
