package org.apache.spark.neptune.compat

import neptune.core.Nanocores

/** How Spark 4.3 counts the cores of offers and tasks: fractions are exact. */
private[spark] object CpuAmount {
  type Type = BigDecimal

  /** Whole cores, which nearly all are, without arithmetic: each offer of a round comes here. */
  def toNanocores(cores: Type): Long = {
    val exact = cores.bigDecimal
    if (exact.scale == 0) exact.longValue * Nanocores.PerCore
    else exact.scaleByPowerOfTen(Nanocores.Decimals).longValue
  }

  def ofNanocores(nanocores: Long): Type =
    BigDecimal(java.math.BigDecimal.valueOf(nanocores, Nanocores.Decimals))
}
