package org.apache.spark.scheduler.neptune

import java.lang.reflect.Field

import scala.annotation.tailrec
import scala.util.Try

import org.apache.spark.NarrowDependency
import org.apache.spark.rdd.RDD
import org.apache.spark.scheduler.DAGScheduler

/** Which stages need Python workers, as far as that can be seen on the driver.
 *
 * RDDs of PySpark's own, and those that an operator or a data source made that runs Python, are
 * known by their classes, or by the operator whose scope they were made in (Spark 4.x). A job that
 * writes to a data source in Python is not known.
 */
private[spark] object PythonStages {
  private val operator = "Python|Pandas|PySpark|InArrow".r
  private val classes = raw"\.api\.python\.|\.execution\.python\.|\.v2\.python\.".r

  /** The stage's last RDD, for `usesPython`; to be called by the DAGScheduler's thread. */
  def rddOf(scheduler: DAGScheduler, stageId: Int): Option[RDD[_]] =
    Option(scheduler).flatMap(_.stageIdToStage.get(stageId)).map(_.rdd)

  def usesPython(rdd: RDD[_]): Boolean = {
    @tailrec
    def search(left: List[RDD[_]], seen: Set[Int]): Boolean = left match {
      case Nil => false
      case next :: _ if isPython(next) => true
      case next :: others =>
        val more = next.dependencies.collect {
          case narrow: NarrowDependency[_] if !seen(narrow.rdd.id) => narrow.rdd
        }
        search(more.toList ++ others, seen ++ more.map(_.id))
    }
    search(List(rdd), Set(rdd.id))
  }

  private def isPython(rdd: RDD[_]): Boolean =
    rdd.scope.exists(scope => operator.findFirstIn(scope.name).isDefined) ||
      (rdd.getClass.getName +: parts(rdd)).exists(classes.findFirstIn(_).isDefined)

  /** The classes of what the RDD is made of, such as the function that it maps. */
  private def parts(rdd: RDD[_]): Seq[String] =
    fields(rdd.getClass).flatMap { field =>
      Try {
        field.setAccessible(true)
        field.get(rdd).getClass.getName
      }.toOption
    }

  private def fields(of: Class[_]): Seq[Field] =
    if (of == classOf[RDD[_]] || of == null) Nil
    else of.getDeclaredFields.toSeq ++ fields(of.getSuperclass)
}
