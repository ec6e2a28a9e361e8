package org.apache.spark.neptune.settings

import java.util.Locale

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

  /** A key as `start<name>end`, or without a name. */
  private val withName = """(.*\.)<name>(\..*)""".r
  /** What is before, in and behind the place of the name, which may be missing. */
  private val parts = """([^.]*)\.(?:(.*)\.)?([^.]*)""".r

  /** What there is instead, as the end of a sentence.
   *
   * @param prefix what all keys begin with
   * @param keys the keys that there are, with `<name>` where there may be any name
   * @param usual those to list for one that is like none
   */
  def insteadOf(wrong: String, prefix: String, keys: Seq[String], usual: Seq[String]): String = {
    val likely = keys.map(key => filled(key, wrong, prefix) -> distance(key, wrong, prefix))
      .filter(_._2 >= 0)
    if (likely.nonEmpty) s": did you mean ${likely.minBy(_._2)._1}? Otherwise remove it"
    else {
      val ofKind = keys.filter(key => kindOf(key, prefix).exists(kindOf(wrong, prefix).contains))
      (if (ofKind.isEmpty) usual else ofKind.map(filled(_, wrong, prefix)))
        .mkString("; remove it or use one of: ", ", ", "")
    }
  }

  private def distance(key: String, wrong: String, prefix: String): Int =
    (key, rest(wrong, prefix)) match {
      case (withName(start, end), parts(kind, _, what)) =>
        mistakesBesideName(low(s"$kind.$what"), low(rest(start.dropRight(1), prefix) + end))
      case (withName(_, _), _) => -1
      case _ => mistakes(low(wrong), low(key))
    }

  /** The key with the name that the wrong one has. */
  private def filled(key: String, wrong: String, prefix: String): String =
    (key, rest(wrong, prefix)) match {
      case (withName(start, end), parts(_, name, _)) if Option(name).exists(_.nonEmpty) =>
        start + name + end
      case _ => key
    }

  /** Whether it is of a pool, say, if it has a place for a name. */
  private def kindOf(key: String, prefix: String): Option[String] = rest(key, prefix) match {
    case parts(kind, name, _) if name != null => Some(low(kind))
    case _ => None
  }

  private def rest(key: String, prefix: String): String = key.drop(prefix.length)
  private def low(text: String): String = text.toLowerCase(Locale.ROOT)
}
