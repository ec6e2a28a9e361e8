package org.apache.spark.neptune.compat

import org.apache.spark.ui.CspNonce

/** What a script within a page of Spark's UI needs to be run. */
private[neptune] object ScriptNonce {
  /** The Content-Security-Policy of this request's answer names it. */
  def ofThisRequest: Option[String] = Option(CspNonce.get)
}
