package org.apache.spark.sql.neptune

import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan
import org.apache.spark.sql.execution.command.SetCommand
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

  /** Refuses a statement `SET key=value`. Of keys that it does not know, Spark takes any value; of
   *  fixed ones it says only that they are (RuntimeConfig, Spark 3.5 to 4.3). Nobody is asked about
   *  what a program sets.
   *
   * @param problemOf why a session can't set a key to a value, as a sentence
   * @throws IllegalArgumentException with that
   */
  def check(plan: LogicalPlan, problemOf: (String, String) => Option[String]): Unit = plan match {
    case SetCommand(Some((key, Some(value)))) =>
      problemOf(key, value).foreach(problem => throw new IllegalArgumentException(problem))
    case _ => ()
  }

  private def once(key: String)(declare: => Unit): Unit = synchronized {
    if (!SQLConf.containsConfigKey(key)) declare
  }
}
