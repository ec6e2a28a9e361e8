package org.apache.spark.neptune.compat

import java.util.Properties

import org.apache.spark.neptune.rpc.Launch
import org.apache.spark.scheduler.{Task, TaskSet}

/** A task set and what its tasks are told with their launch, such as the priority of its stage; as
 *  Spark 4.3 makes task sets.
 *
 * THREADING: the launch is guarded by the scheduler's lock.
 */
private[neptune] final class PrioritizedTaskSet(
    original: TaskSet, tasks: Array[Task[_]], properties: Properties, val launch: Launch)
  extends TaskSet(
    tasks, original.stageId, original.stageAttemptId, original.priority, properties,
    original.resourceProfileId, original.shuffleId, original.isPipelined)
