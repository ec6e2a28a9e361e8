package org.apache.spark.neptune.compat

import neptune.core.Nanocores

/** How Spark counts, up to 4.2, the cores of offers and tasks: in whole numbers. */
private[spark] object CpuAmount {
  type Type = Int

  def toNanocores(cores: Type): Long = cores * Nanocores.PerCore
  def ofNanocores(nanocores: Long): Type = (nanocores / Nanocores.PerCore).toInt
}
