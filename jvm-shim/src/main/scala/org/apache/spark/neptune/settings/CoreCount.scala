package org.apache.spark.neptune.settings

import neptune.core.Nanocores

/** How many cores: a number of them, or a share of all that there are. */
private[neptune] final case class CoreCount private (number: BigDecimal, isShare: Boolean) {
  /** @param total how many nanocores there are */
  def nanocores(total: Long): Long =
    (if (isShare) number / 100 * total else number * Nanocores.PerCore).toLong

  /** Whether it is more than another, however many cores there are. */
  def isAlwaysMoreThan(other: CoreCount): Boolean =
    isShare == other.isShare && number > other.number

  /** As in a setting. */
  override def toString: String = number.bigDecimal.toPlainString + (if (isShare) "%" else "")
}

private[neptune] object CoreCount {
  /** What a setting may hold, for error messages. */
  val accepted: String = "a number of cores above 0 or a share of all such as 25%"

  // As `neptune_spark/_setting_values.py` has it: tests/jvm/test_contracts.py.
  private[settings] val number: String = raw"(?:\d+(?:\.\d{1,9})?|\.\d{1,9})"
  private val pattern = s"($number)(%?)".r

  /** What `text` says, or None. */
  def parse(text: String): Option[CoreCount] = text.trim match {
    case pattern(digits, sign) =>
      val (count, isShare) = (BigDecimal(digits), sign.nonEmpty)
      if (count > 0 && count <= (if (isShare) 100 else Int.MaxValue))
        Some(new CoreCount(count, isShare))
      else None
    case _ => None
  }
}
