package org.apache.spark.neptune.driver.priorities

/** What jobs are named by to the scheduler: the name of their pool, say. */
private[priorities] object JobNames {
  /** @param kind what it names: "pool"
   *  @throws IllegalArgumentException for what nothing can be called
   */
  def check(kind: String, name: String): Unit = if (name.trim.isEmpty) {
    throw new IllegalArgumentException(
      s"'$name' is not the name of a $kind: pass the name of the $kind whose jobs you mean.")
  }
}
