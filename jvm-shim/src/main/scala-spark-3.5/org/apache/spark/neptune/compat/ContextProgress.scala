package org.apache.spark.neptune.compat

import org.apache.spark.SparkContext

/** How far a SparkContext is made. */
private[neptune] object ContextProgress {
  private val plugins = Reflected.field(classOf[SparkContext], "_plugins", classOf[Option[_]])

  /** Whether what comes next is `createTaskScheduler`, as it does when all plugins are started. */
  def schedulerIsNext(sc: SparkContext): Boolean = plugins.get(sc) match {
    case Some(_) => true
    case _ => false
  }
}
