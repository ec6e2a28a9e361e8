package org.apache.spark.neptune.driver.priorities

import scala.collection.mutable

import org.apache.spark.internal.Logging

/** Tells of what is found again and again, once.
 *
 * THREADING: under the scheduler's lock.
 */
private[driver] final class ToldOnce extends Logging {
  private val told = mutable.HashSet.empty[String]

  /** @param sentence what there is to be told, if there is anything
   *  @param about what it is about: nothing more is told of that
   */
  def tell(sentence: Option[String], about: => String): Unit = sentence.foreach { text =>
    if (told.size < ToldOnce.most && told.add(about)) logWarning(s"Neptune: $text")
  }
}

private object ToldOnce {
  /** Names come from users: there may be any number of them. */
  private val most = 100
}
