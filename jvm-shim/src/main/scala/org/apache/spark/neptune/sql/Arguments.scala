package org.apache.spark.neptune.sql

import scala.util.Try

import org.apache.spark.sql.catalyst.expressions.{Expression, NamedArgumentExpression}

/** The arguments of one call, by the names of the function's parameters; None for NULL. */
private[sql] final class Arguments private (function: String, values: Map[String, Option[Any]]) {
  def isGiven(name: String): Boolean = values.contains(name)

  /** @return None if it is not passed, or NULL */
  def text(name: String): Option[String] = values.getOrElse(name, None).map(_.toString)

  def integer(name: String): Option[Long] = text(name).map(text => Try(text.trim.toLong).getOrElse(
    Arguments.fail(s"$function() takes an integer as $name, not '$text'.")))

  def required[T](name: String, found: Option[T]): T =
    found.getOrElse(Arguments.fail(
      s"$function() needs $name" + (if (isGiven(name)) ", which must not be NULL." else ".")))
}

private[sql] object Arguments {
  /** @throws IllegalArgumentException if they do not fit */
  def of(function: String, parameters: Seq[String], passed: Seq[Expression]): Arguments = {
    val takes =
      if (parameters.isEmpty) s"$function() takes no arguments"
      else s"$function() takes ${parameters.mkString(", ")}"
    val pairs = passed.zipWithIndex.map {
      case (NamedArgumentExpression(name, value), _) =>
        val known = parameters.find(_.equalsIgnoreCase(name))
        known.getOrElse(fail(s"$takes; there is no $name.")) -> value
      case (value, place) if place < parameters.size => parameters(place) -> value
      case _ => fail(s"$takes; it got ${passed.size}.")
    }
    for ((name, several) <- pairs.groupBy(_._1) if several.size > 1) {
      fail(s"$function() got $name more than once.")
    }
    new Arguments(function, pairs.map { case (name, value) =>
      if (!value.foldable) fail(s"$function() takes a constant as $name, not ${value.sql}.")
      name -> Option(value.eval()).map(identity[Any])
    }.toMap)
  }

  private def fail(sentence: String): Nothing = throw new IllegalArgumentException(sentence)
}
