package org.apache.spark.neptune.compat

import org.apache.spark.SparkContext

/** How far a SparkContext is made. */
private[neptune] object ContextProgress {
  /** Whether what comes next is `createTaskScheduler`, as it does when there is a memory manager:
   *  that needs the master, too, and comes when all plugins are started.
   */
  def schedulerIsNext(sc: SparkContext): Boolean = sc.env.memoryManager != null
}
