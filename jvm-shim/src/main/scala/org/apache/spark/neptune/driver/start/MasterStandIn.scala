package org.apache.spark.neptune.driver.start

import java.lang.reflect.Field
import java.util.{Map => JMap, Set => JSet}
import java.util.concurrent.ConcurrentHashMap

import scala.util.control.NonFatal

import org.apache.spark.{SparkConf, SparkContext, SparkException}
import org.apache.spark.neptune.compat.{ContextProgress, Reflected}

/** Leads SparkContext to our cluster manager, while everybody sees the master that the user set.
 *
 * SparkContext.createTaskScheduler (Spark 3.5 to 4.3) knows most masters itself, and asks cluster
 * managers for others only, of which another may know those: it must get a private form. This map
 * stands in for that of the SparkConf from the plugin's start until our manager is asked, and gives
 * the private form once: to the thread that makes the SparkContext, when what that reads next is
 * for `createTaskScheduler(this, master)`. All else, plugins before and after ours among it, reads
 * and writes the conf as ever; and nothing of it outlasts a SparkContext that could not be made.
 *
 * SparkConf calls the methods below and no others (a test looks at its byte code).
 */
private[driver] final class MasterStandIn private (
    sc: SparkContext, private val real: ConcurrentHashMap[String, String])
  extends ConcurrentHashMap[String, String] {
  import MasterStandIn._

  private val constructor = Thread.currentThread()
  /** Used by the constructor's thread alone. */
  private var handedOut = false

  override def get(key: Any): String = {
    val value = real.get(key)
    if (key == masterKey && value != null && isDue) {
      handedOut = true
      MasterUrl.hidden
    } else value
  }

  private def isDue: Boolean =
    (Thread.currentThread() eq constructor) && !handedOut && ContextProgress.schedulerIsNext(sc)

  override def containsKey(key: Any): Boolean = real.containsKey(key)
  override def put(key: String, value: String): String = real.put(key, value)
  override def putIfAbsent(key: String, value: String): String = real.putIfAbsent(key, value)
  override def remove(key: Any): String = real.remove(key)
  override def entrySet(): JSet[JMap.Entry[String, String]] = real.entrySet()
}

private[driver] object MasterStandIn {
  private val masterKey = "spark.master"

  /** Until `takeBack`. To be called by the thread that makes the SparkContext. */
  def putInto(sc: SparkContext): Unit = withMap(sc.conf) { (field, map) =>
    field.set(sc.conf, new MasterStandIn(sc, map))
  }

  def takeBack(conf: SparkConf): Unit = withMap(conf) {
    case (field, standIn: MasterStandIn) => field.set(conf, standIn.real)
    case _ => ()
  }

  private def withMap(conf: SparkConf)(
      act: (Field, ConcurrentHashMap[String, String]) => Unit): Unit =
    try {
      val field =
        Reflected.field(classOf[SparkConf], "settings", classOf[ConcurrentHashMap[_, _]])
      act(field, field.get(conf).asInstanceOf[ConcurrentHashMap[String, String]])
    } catch {
      case NonFatal(e) => throw new SparkException(
        s"Neptune can't make Spark use its scheduler on this JVM ($e); if Java was told to deny " +
          "changes to final fields (--illegal-final-field-mutation), allow them.", e)
    }
}
