package org.apache.spark.neptune.sql

import java.util.{Collections, WeakHashMap}

import org.apache.spark.SparkContext
import org.apache.spark.neptune.settings.Settings
import org.apache.spark.sql.{Row, SparkSessionExtensions, SparkSessionExtensionsProvider}
import org.apache.spark.sql.catalyst.{CatalystTypeConverters, FunctionIdentifier}
import org.apache.spark.sql.catalyst.expressions.{Expression, ExpressionInfo}
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan
import org.apache.spark.sql.catalyst.types.DataTypeUtils
import org.apache.spark.sql.neptune.{
  Act, DriverCommand, DriverRelation, RowSource, SessionSettings}

/** Gives each SQL session the functions of Neptune, and has it refuse settings that it can't have.
 *
 * Spark finds this class by the service file in the jar (SparkSession.loadExtensions, Spark 3.5 to
 * 4.3), so that there is nothing to set; but for PySpark 3.5, which knows only what
 * `spark.sql.extensions` names. Where both is so, the first counts.
 */
final class NeptuneFunctions extends SparkSessionExtensionsProvider {
  import NeptuneFunctions._

  override def apply(extensions: SparkSessionExtensions): Unit = if (isNew(extensions)) {
    Functions.all.foreach(function => extensions.injectTableFunction(
      (FunctionIdentifier(function.name), infoOf(function), call(function, _))))
    extensions.injectPostHocResolutionRule(_ => DriverCommand.Alone)
    extensions.injectCheckRule(_ => DriverCommand.check)
    extensions.injectCheckRule(_ => check)
    extensions.injectOptimizerRule(_ => DriverRelation.Reading)
  }
}

private object NeptuneFunctions {
  private val none = ""
  private val extended =
    Collections.newSetFromMap(new WeakHashMap[SparkSessionExtensions, java.lang.Boolean])

  private def isNew(extensions: SparkSessionExtensions): Boolean =
    synchronized(extended.add(extensions))

  private def infoOf(function: SqlFunction): ExpressionInfo = new ExpressionInfo(
    classOf[NeptuneFunctions].getName, null, function.name, s"_FUNC_${function.usage}", none, none,
    none, none, none, none, none)

  /** A call as a query is analyzed. A wrong one is refused now. */
  private def call(function: SqlFunction, passed: Seq[Expression]): LogicalPlan = {
    val arguments = Arguments.of(function.name, function.parameters, passed)
    Functions.scheduler(context)
    val output = DataTypeUtils.toAttributes(function.columns)
    function match {
      case question: Question =>
        def rows = question.rows(Functions.view(context), arguments)
        DriverRelation(
          new RowSource(function.name, () => rows.map(Values.row(_, function.columns))), output)
      case action: Action =>
        val toRow = CatalystTypeConverters.createToScalaConverter(function.columns)
        def row = Values.row(action.does(Functions.control(context), arguments), function.columns)
        DriverCommand(new Act(function.name, () => toRow(row).asInstanceOf[Row]), output)
    }
  }

  /** Any statement, before it begins a job, on the thread that does so. */
  private def check(plan: LogicalPlan): Unit =
    for (sc <- SparkContext.getActive; scheduler <- Functions.schedulerOf(sc)) {
      Functions.tellUser(sc, scheduler)
      SessionSettings.check(plan, Settings.problemForJobs)
    }

  private def context: SparkContext = SparkContext.getActive.getOrElse(
    throw new IllegalArgumentException("The Spark session has been stopped: start a new one."))
}
