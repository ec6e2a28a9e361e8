package org.apache.spark.neptune.compat

import neptune.core.Cores

/** How Spark 4.2 counts the cores of offers and tasks: in whole numbers. */
private[spark] object CpuAmount {
  type Type = Int

  def toNano(cores: Type): Long = cores * Cores.one
  def ofNano(cores: Long): Type = (cores / Cores.one).toInt
}
