package org.apache.spark.neptune.driver.priorities

import java.util.Properties

import org.apache.spark.neptune.settings.Settings

/** Settings that a job has, of its session or as local properties, and that are none of a job's.
 *
 * THREADING: under the scheduler's lock.
 */
private[driver] final class MisplacedSettings(settings: Settings) {
  private val once = new ToldOnce

  /** What is wrong with them, if the job is not to run with them.
   *
   * It runs with another value of a setting of the application, which a warning says is ignored.
   * When a notebook's cell is run again with another builder, the session that there is gets such a
   * value (SparkSession.applyModifiableSettings, Spark 3.5 to 4.3); of settings that come too late,
   * Spark itself also warns only.
   */
  def problemOf(properties: Properties): Option[String] = {
    val found = JobProperties.beginning(properties, Settings.prefix)
    found.foreach { case (key, value) =>
      once.tell(settings.ignoredForJobs(key, value), s"$key=$value")
    }
    found.flatMap { case (key, value) => settings.problemForJobs(key, value) }.headOption
  }
}
