package org.apache.spark.scheduler.neptune

import java.lang.reflect.Field

import scala.annotation.tailrec
import scala.util.Try

import org.apache.spark.NarrowDependency
import org.apache.spark.rdd.RDD
import org.apache.spark.scheduler.DAGScheduler

/** What the RDDs of a stage are, as far as that can be seen on the driver. */
private[spark] object StageRdds {
  /** The stage's last RDD; to be called by the DAGScheduler's thread. */
  def lastOf(scheduler: DAGScheduler, stageId: Int): Option[RDD[_]] =
    Option(scheduler).flatMap(_.stageIdToStage.get(stageId)).map(_.rdd)

  /** Whether any RDD is such, of those that the stage with this last one computes. */
  def exists(last: RDD[_])(isSuch: RDD[_] => Boolean): Boolean = {
    @tailrec
    def search(left: List[RDD[_]], seen: Set[Int]): Boolean = left match {
      case Nil => false
      case next :: _ if isSuch(next) => true
      case next :: others =>
        val more = next.dependencies.collect {
          case narrow: NarrowDependency[_] if !seen(narrow.rdd.id) => narrow.rdd
        }
        search(more.toList ++ others, seen ++ more.map(_.id))
    }
    search(List(last), Set(last.id))
  }

  /** The classes of what the RDD is made of, such as the function that it maps. */
  def parts(rdd: RDD[_]): Seq[String] =
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
