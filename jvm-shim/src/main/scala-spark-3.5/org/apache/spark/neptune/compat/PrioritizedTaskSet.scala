package org.apache.spark.neptune.compat

import java.util.Properties

import org.apache.spark.scheduler.{Task, TaskSet}

/** A task set with the priority of its stage, which changes with the jobs that wait for it; as
 *  Spark makes task sets up to 4.2.
 *
 * THREADING: the priority is guarded by the scheduler's lock.
 */
private[neptune] final class PrioritizedTaskSet(
    original: TaskSet, tasks: Array[Task[_]], properties: Properties, var level: Int)
  extends TaskSet(
    tasks, original.stageId, original.stageAttemptId, original.priority, properties,
    original.resourceProfileId, original.shuffleId)
