package org.apache.spark.neptune.rpc

/** What the tasks of a set are told with their launch. The driver changes it before it serializes
 *  the next task.
 *
 * @param level the priority of their stage, which changes with the jobs that wait for it
 */
private[neptune] final class Launch(var level: Int) {
  /** Who has to stop before it may run: ids of tasks, each with the number of the request. */
  var victims: Array[Long] = Array.emptyLongArray
}
