package org.apache.spark.neptune.driver.sharing

import scala.collection.mutable

import org.apache.spark.SparkConf
import org.apache.spark.neptune.compat.SparkLine
import org.apache.spark.resource.ResourceProfileManager
import org.apache.spark.scheduler.{TaskSet, TaskSetManager}

/** What a task of a set needs, in nanocores. To ask Spark means to read its configuration.
 *
 * THREADING: under the scheduler's lock.
 *
 * @param profiles the application's resource profiles
 */
private[driver] final class CoresPerTask(profiles: () => ResourceProfileManager, conf: SparkConf) {
  private val ofProfile = mutable.HashMap.empty[Int, Long]

  def nanocoresOf(manager: TaskSetManager): Long = nanocoresOf(manager.taskSet)

  def nanocoresOf(taskSet: TaskSet): Long = ofProfile.getOrElseUpdate(
    taskSet.resourceProfileId, SparkLine.taskNanocores(taskSet.resourceProfileId, profiles(), conf))
}
