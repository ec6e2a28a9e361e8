package org.apache.spark.neptune.ui

import scala.util.Try

import org.apache.spark.neptune.compat.Servlets

/** What a request's parameters say; what they can't say counts as not said. */
private[neptune] object Requests {
  private val sizeAtMost = 1000
  private val defaultSize = 50
  private val defaultSeconds = 120
  private val secondsAtMost = 24 * 3600

  /** `page`, from 1, and `size`. */
  def part(request: Servlets.Request): Part = Part(
    math.max(1, number(request, "page").getOrElse(1)),
    math.min(sizeAtMost, math.max(1, number(request, "size").getOrElse(defaultSize))))

  /** `seconds`: how far to look back. */
  def seconds(request: Servlets.Request): Int =
    math.min(secondsAtMost, math.max(1, number(request, "seconds").getOrElse(defaultSeconds)))

  private def number(request: Servlets.Request, name: String): Option[Int] =
    Option(request.getParameter(name)).flatMap(text => Try(text.trim.toInt).toOption)
}
