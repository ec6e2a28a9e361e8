package org.apache.spark.neptune.compat

/** What a script within a page of Spark's UI needs to be run. */
private[neptune] object ScriptNonce {
  /** Nothing, before Spark 4.2: there is no Content-Security-Policy. */
  def ofThisRequest: Option[String] = None
}
