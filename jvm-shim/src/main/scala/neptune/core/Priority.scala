package neptune.core

import scala.util.Try

/** Priorities: any 32-bit integer, higher is more urgent; three of them have names. */
object Priority {
  val names: Seq[(String, Int)] = Seq("low" -> -10, "normal" -> 0, "high" -> 10)

  /** What a setting may hold, for error messages. */
  val accepted: String = "low, normal, high or a 32-bit integer"

  /** The priority that `text` names, or None. */
  def parse(text: String): Option[Int] = {
    val trimmed = text.trim
    names.collectFirst { case (name, value) if name == trimmed => value }
      .orElse(Try(trimmed.toInt).toOption)
  }
}
