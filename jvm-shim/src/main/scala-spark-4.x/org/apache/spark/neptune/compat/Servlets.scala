package org.apache.spark.neptune.compat

import jakarta.servlet.http.HttpServletRequest

/** Whose requests the UI answers: Spark 3.5 has those of an older package. */
private[neptune] object Servlets {
  type Request = HttpServletRequest
}
