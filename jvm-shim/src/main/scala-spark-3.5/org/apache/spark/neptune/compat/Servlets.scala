package org.apache.spark.neptune.compat

import javax.servlet.http.HttpServletRequest

/** Whose requests the UI answers: Spark 4 has those of a newer package. */
private[neptune] object Servlets {
  type Request = HttpServletRequest
}
