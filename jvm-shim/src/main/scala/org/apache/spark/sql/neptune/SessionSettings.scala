package org.apache.spark.sql.neptune

import org.apache.spark.sql.internal.SQLConf

/** Has SQL sessions know settings that are not Spark's: `SET` then refuses what they can't be.
 *
 * Spark keeps its settings for the whole JVM (SQLConf, Spark 3.5 to 4.3): declared once, they are
 * there for every application in it.
 */
object SessionSettings {
  /** A setting that each session may have for itself.
   *
   * @param accepted what it may be, as the end of a sentence
   */
  def declare(key: String, doc: String, accepts: String => Boolean, accepted: String): Unit =
    once(key)(SQLConf.buildConf(key).doc(doc).stringConf
      .checkValue(accepts, s"It must be $accepted.").createOptional)

  /** A setting of the application: no session may change it. */
  def declareFixed(key: String, doc: String): Unit =
    once(key)(SQLConf.buildStaticConf(key).doc(doc).stringConf.createOptional)

  private def once(key: String)(declare: => Unit): Unit = synchronized {
    if (!SQLConf.containsConfigKey(key)) declare
  }
}
