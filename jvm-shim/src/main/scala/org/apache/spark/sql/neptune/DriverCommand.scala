package org.apache.spark.sql.neptune

import org.apache.spark.sql.{Row, SparkSession}
import org.apache.spark.sql.catalyst.expressions.Attribute
import org.apache.spark.sql.catalyst.plans.logical.{LogicalPlan, Project, SubqueryAlias}
import org.apache.spark.sql.catalyst.rules.Rule
import org.apache.spark.sql.execution.command.LeafRunnableCommand

/** What a function of SQL does at the driver.
 *
 * @param name the function's
 * @param does what it does; tells what was done
 */
final class Act(val name: String, does: () => Row) {
  def run(): Row = does()

  override def toString: String = name
}

/** A call of such a function.
 *
 * It is carried out as Spark's own commands are: once, as soon as the statement is run, whatever
 * is then done with its rows; and not for EXPLAIN or for the names of columns.
 */
case class DriverCommand(act: Act, override val output: Seq[Attribute])
  extends LeafRunnableCommand {
  override def run(session: SparkSession): Seq[Row] = Seq(act.run())
}

/** `SELECT * FROM f()` is the command `f`; no other query may have one. */
object DriverCommand {
  object Alone extends Rule[LogicalPlan] {
    override def apply(plan: LogicalPlan): LogicalPlan = plan match {
      case Project(columns, child) => called(child)
        .filter(_.output.map(_.exprId) == columns.map(_.exprId)).getOrElse(plan)
      case _ => plan
    }
  }

  /** @throws IllegalArgumentException if a command stands where it might be run twice, or never */
  def check(plan: LogicalPlan): Unit = {
    // A view is created with its query as an inner child.
    val inner = plan.innerChildren.collect { case query: LogicalPlan => query }
    (plan +: inner).flatMap(_.collectWithSubqueries { case command: DriverCommand => command })
      .find(_ ne plan)
      .foreach { command =>
        val name = command.act.name
        throw new IllegalArgumentException(
          s"$name() does something, so it has to be a statement of its own, not a part of " +
            s"another: SELECT * FROM $name(...).")
      }
  }

  private def called(plan: LogicalPlan): Option[DriverCommand] = plan match {
    case command: DriverCommand => Some(command)
    case SubqueryAlias(_, child) => called(child)
    case _ => None
  }
}
