package org.apache.spark.neptune.driver.sharing

import scala.collection.mutable

import org.apache.spark.neptune.compat.SparkLine
import org.apache.spark.resource.ResourceProfileManager
import org.apache.spark.scheduler.TaskSetManager

/** What a task of a set needs, in nanocores. To ask Spark means to read its configuration.
 *
 * THREADING: under the scheduler's lock.
 *
 * @param profiles the application's resource profiles
 */
private[driver] final class CoresPerTask(profiles: () => ResourceProfileManager) {
  private val ofProfile = mutable.HashMap.empty[Int, Long]

  def nanocoresOf(manager: TaskSetManager): Long =
    ofProfile.getOrElseUpdate(
      manager.taskSet.resourceProfileId, SparkLine.taskNanocores(manager, profiles()))
}
