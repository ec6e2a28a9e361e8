package org.apache.spark.neptune.compat

import neptune.core.Cores

/** How Spark 4.3 counts the cores of offers and tasks: fractions are exact. */
private[spark] object CpuAmount {
  type Type = BigDecimal

  /** Whole cores, which nearly all are, without arithmetic: each offer of a round comes here. */
  def toNano(cores: Type): Long = {
    val exact = cores.bigDecimal
    if (exact.scale == 0) exact.longValue * Cores.one
    else exact.scaleByPowerOfTen(Cores.decimals).longValue
  }

  def ofNano(cores: Long): Type =
    BigDecimal(java.math.BigDecimal.valueOf(cores, Cores.decimals))
}
