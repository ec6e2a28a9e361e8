package org.apache.spark.sql.neptune

import java.util.concurrent.atomic.AtomicBoolean

import scala.collection.mutable

import org.apache.spark.sql.catalyst.InternalRow
import org.apache.spark.sql.catalyst.analysis.MultiInstanceRelation
import org.apache.spark.sql.catalyst.expressions.Attribute
import org.apache.spark.sql.catalyst.plans.logical.{
  LeafNode, LocalRelation, LogicalPlan, OneRowRelation, Statistics}
import org.apache.spark.sql.catalyst.rules.Rule

/** What a function of SQL tells of the driver.
 *
 * Each is equal to itself only, so that Spark does not take what it has cached of one call for the
 * answer to another.
 *
 * @param name the function's
 * @param read called for each query
 */
final class RowSource(name: String, read: () => Seq[InternalRow]) {
  def rows(): Seq[InternalRow] = read()

  override def toString: String = name
}

/** A call of such a function within a query. */
case class DriverRelation(source: RowSource, output: Seq[Attribute])
  extends LeafNode with MultiInstanceRelation {
  DriverRelation.used.set(true)

  override def newInstance(): LogicalPlan = copy(output = output.map(_.newInstance()))

  override def computeStats(): Statistics = Statistics(sizeInBytes = DriverRelation.sizeInBytes)
}

object DriverRelation {
  /** Of the order of this: it is small. */
  private val sizeInBytes = 10000
  /** Most applications never call such a function: their queries need not be looked through. */
  private val used = new AtomicBoolean(false)

  /** Whether a query reads nothing else. */
  def isAll(plan: => LogicalPlan): Boolean = used.get && {
    val leaves = plan.collectLeaves()
    leaves.exists(_.isInstanceOf[DriverRelation]) && leaves.forall {
      case _: DriverRelation | _: LocalRelation | _: OneRowRelation => true
      case _ => false
    }
  }

  /** Puts the rows in the place of the calls when a query is optimized.
   *
   * So it needs no job: the optimizer applies filters, projections and limits to such rows itself
   * (ConvertToLocalRelation, Spark 3.5 to 4.3).
   */
  object Reading extends Rule[LogicalPlan] {
    override def apply(plan: LogicalPlan): LogicalPlan =
      if (!used.get) plan
      else {
        // A query that has one call in two places sees one moment.
        val read = mutable.HashMap.empty[RowSource, Seq[InternalRow]]
        plan.transform { case call: DriverRelation =>
          LocalRelation(call.output, read.getOrElseUpdate(call.source, call.source.rows()))
        }
      }
  }
}
