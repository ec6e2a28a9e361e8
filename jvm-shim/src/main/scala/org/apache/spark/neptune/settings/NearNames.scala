package org.apache.spark.neptune.settings

import java.util.Locale

import org.apache.commons.text.similarity.LevenshteinDistance

/** The names that there are, for a sentence about one that there is not. */
private[neptune] object NearNames {
  /** Where each user has a pool, there may be thousands. */
  private val listedAtMost = 10
  /** Above these it says -1. */
  private val mistakes = new LevenshteinDistance(4)

  /** The likeliest first, others by the alphabet, and how many more there are. */
  def listed(wrong: String, names: Seq[String]): String = {
    val meant = low(wrong)
    val (first, others) =
      names.map(name => (distance(low(name), meant), name)).sorted.splitAt(listedAtMost)
    first.map(_._2).mkString(", ") + (if (others.isEmpty) "" else s" and ${others.size} more")
  }

  private def distance(name: String, meant: String): Int = {
    val found: Int = mistakes(name, meant)
    if (found < 0) Int.MaxValue else found
  }

  private def low(text: String): String = text.toLowerCase(Locale.ROOT)
}
