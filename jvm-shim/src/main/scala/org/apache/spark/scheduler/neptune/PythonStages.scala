package org.apache.spark.scheduler.neptune

import org.apache.spark.rdd.RDD

/** Which stages need Python workers, as far as that can be seen on the driver.
 *
 * RDDs of PySpark's own, and those that an operator or a data source made that runs Python, are
 * known by their classes, or by the operator whose scope they were made in (Spark 4.x). A job that
 * writes to a data source in Python is not known.
 */
private[spark] object PythonStages {
  private val operator = "Python|Pandas|PySpark|InArrow".r
  private val classes = raw"\.api\.python\.|\.execution\.python\.|\.v2\.python\.".r

  /** @param last the stage's last RDD */
  def usesPython(last: RDD[_]): Boolean = StageRdds.exists(last)(isPython)

  private def isPython(rdd: RDD[_]): Boolean =
    rdd.scope.exists(scope => operator.findFirstIn(scope.name).isDefined) ||
      (rdd.getClass.getName +: StageRdds.parts(rdd)).exists(classes.findFirstIn(_).isDefined)
}
