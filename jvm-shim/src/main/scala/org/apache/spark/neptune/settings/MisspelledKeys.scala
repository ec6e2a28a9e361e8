package org.apache.spark.neptune.settings

import java.util.Locale

import neptune.core.Priority
import org.apache.commons.text.similarity.LevenshteinDistance

/** What a key that is no setting's may have been meant to be. Case makes no difference: it is what
 *  is most often wrong.
 */
private[settings] object MisspelledKeys {
  /** Above these it says -1: such a key is no misspelling. A key with a name in it is compared
   *  without that, so that what is left is shorter.
   */
  private val mistakes = new LevenshteinDistance(4)
  private val mistakesBesideName = new LevenshteinDistance(3)
  /** Of a key that lacks a name, what is left may be a name. */
  private val mistakesOrName = new LevenshteinDistance(2)

  /** In the place of a name. */
  private val anyName = "<name>"
  /** A key as `start<name>end`, or without a name. */
  private val nameIn = """(.*\.)<name>(\..*)""".r
  /** What is before, in and behind the place of the name, which may be missing. */
  private val parts = """([^.]*)\.(?:(.*)\.)?([^.]*)""".r
  /** What may have a name, but no setting of that, or the other way round. */
  private val half = """([^.]*)(?:\.([^.]*))?""".r

  /** What there is instead, as the end of a sentence.
   *
   * @param prefix what all keys begin with
   * @param keys the keys that there are, with `<name>` where there may be any name
   * @param usual those to list for one that is like none
   */
  def insteadOf(wrong: String, prefix: String, keys: Seq[String], usual: Seq[String]): String = {
    def nearest(likely: Seq[(String, Int)]): Option[String] =
      Some(likely.filter(_._2 >= 0)).filter(_.nonEmpty)
        .map(found => s": did you mean ${found.minBy(_._2)._1}? Otherwise remove it")
    def named(kind: String): Seq[String] =
      keys.filter(key => kindOf(key, prefix).contains(low(kind)))
    rest(wrong, prefix) match {
      case half(kind, word) if named(kind).nonEmpty =>
        val said = Option(word).getOrElse("")
        nearest(named(kind).map(key => key -> mistakesOrName(low(said), low(settingOf(key)))
          .intValue)).getOrElse {
          val those = named(kind).flatMap(withName(_, said, prefix))
          s": the settings of a ${low(kind)} are ${those.mkString(", ")}; use one of these, or " +
            "remove it"
        }
      case _ =>
        val ofKind = kindOf(wrong, prefix).toSeq.flatMap(named)
        val accepted = (if (ofKind.isEmpty) keys else ofKind)
          .flatMap(key => filled(key, wrong, prefix).map(key -> _))
        nearest(accepted.map { case (key, full) => full -> distance(key, wrong, prefix) })
          .getOrElse {
            (if (ofKind.isEmpty) usual else accepted.map(_._2))
              .mkString("; remove it or use one of: ", ", ", "")
          }
    }
  }

  private def distance(key: String, wrong: String, prefix: String): Int =
    (key, rest(wrong, prefix)) match {
      case (nameIn(start, end), parts(kind, _, what)) =>
        mistakesBesideName(low(s"$kind.$what"), low(rest(start.dropRight(1), prefix) + end))
      case (nameIn(_, _), _) => -1
      case _ => mistakes(low(wrong), low(key))
    }

  /** The key with the name that the wrong one has; None if it can't have that. */
  private def filled(key: String, wrong: String, prefix: String): Option[String] =
    rest(wrong, prefix) match {
      case parts(_, name, _) if name != null => withName(key, name, prefix)
      case _ => Some(key)
    }

  /** Without what is no part of a name, or no level; None for a `*` where none may be. */
  private def withName(key: String, name: String, prefix: String): Option[String] = key match {
    case nameIn(start, end) =>
      val text = name.trim
      val isLevel = kindOf(key, prefix).contains("level")
      val isName = text.nonEmpty && (!isLevel || Priority.parse(text).isDefined)
      Some(start + (if (isName) text else anyName) + end)
        .filter(full => NamedSettings.problemOf(rest(full, prefix)).isEmpty)
    case _ => Some(key)
  }

  private def settingOf(key: String): String = key.drop(key.lastIndexOf('.') + 1)

  /** Whether it is of a pool, say, if it has a place for a name. */
  private def kindOf(key: String, prefix: String): Option[String] = rest(key, prefix) match {
    case parts(kind, name, _) if name != null => Some(low(kind))
    case _ => None
  }

  private def rest(key: String, prefix: String): String = key.drop(prefix.length)
  private def low(text: String): String = text.toLowerCase(Locale.ROOT)
}
