package org.apache.spark.neptune.sql

import java.util.UUID

import scala.util.Try

import org.apache.spark.SparkContext
import org.apache.spark.neptune.build.BuildProperties
import org.apache.spark.neptune.driver.priorities.JobTags
import org.apache.spark.neptune.driver.scheduler.{NeptuneTaskScheduler, SchedulerView}
import org.apache.spark.neptune.settings.Settings
import org.apache.spark.sql.neptune.SqlExecutions
import org.apache.spark.sql.types.StructType

/** A function of SQL.
 *
 * @param usage as `DESCRIBE FUNCTION` tells it, after the name
 */
private[sql] sealed abstract class SqlFunction(
    val name: String, val parameters: Seq[String], val columns: StructType, val usage: String)

/** One that tells how things stand. */
private[sql] final class Question(
    name: String, parameters: Seq[String], columns: StructType, usage: String)(
    val rows: (SchedulerView, Arguments) => Seq[Map[String, Any]])
  extends SqlFunction(name, parameters, columns, usage)

/** One that does something. */
private[sql] final class Action(
    name: String, parameters: Seq[String], columns: StructType, usage: String)(
    val does: (UserControl, Arguments) => Map[String, Any])
  extends SqlFunction(name, parameters, columns, usage)

private[sql] object Functions {
  private val decisionsTold = 20L

  val all: Seq[SqlFunction] = Seq(
    new Question(
      "neptune_tasks", Nil, Columns.tasks,
      "() - Returns the live tasks, including suspended ones.")(
      (view, _) => view.taskRows.sortBy(_("task_id").asInstanceOf[Long])),
    new Question(
      "neptune_executors", Nil, Columns.executors,
      "() - Returns the executors, and what they and their Python workers use.")(
      (view, _) => view.executorRows),
    new Question(
      "neptune_levels", Nil, Columns.levels,
      "() - Returns the tasks and cores of each priority, highest first.")(
      (view, _) => view.statisticsRow("levels").asInstanceOf[Seq[Map[String, Any]]]),
    new Question(
      "neptune_shares", Nil, Columns.shares,
      "() - Returns who shares the cores of a level, and what each holds and is due.")(
      (view, _) => view.shareRows),
    new Question(
      "neptune_statistics", Nil, Columns.statistics,
      "() - Returns one row: the figures since the application started.")(
      (view, _) => Seq(view.statisticsRow)),
    new Question(
      "neptune_decisions", Seq("n"), Columns.decisions,
      "([n]) - Returns the last n notable decisions (default 20), newest first.")(
      (view, arguments) => view.decisionRows(countOf(arguments))),
    new Question(
      "neptune_policy", Nil, Columns.policy,
      "() - Returns the policy in force.")(
      (view, _) => Seq(Map("policy" -> view.policy()))),
    new Question(
      "neptune_version", Nil, Columns.version,
      "() - Returns the version of Neptune.")(
      (_, _) => Seq(Map("version" -> BuildProperties.version))),
    new Action(
      "neptune_suspend", Seq("task_id"), Columns.task,
      "(task_id) - Requests that a task be suspended until neptune_resume() resumes it.")(
      (control, arguments) => control.suspend(taskIdOf(arguments))),
    new Action(
      "neptune_resume", Seq("task_id"), Columns.task,
      "(task_id) - Ends a manual suspension: the task continues once there is a core for it.")(
      (control, arguments) => control.resume(taskIdOf(arguments))),
    new Action(
      "neptune_set_policy", Seq("policy"), Columns.newPolicy,
      "(policy) - Puts another policy in force.")(
      (control, arguments) => control.setPolicy(policyOf(arguments))),
    new Action(
      "neptune_set_priority", "priority" +: targets, Columns.newPriority,
      "(priority, job_id, job_group, tag, query) - Gives jobs, selected by one of the last four " +
        "parameters, another priority, including running ones; NULL withdraws it.")(setPriority),
    new Action(
      "neptune_set_limit", Seq("max_cores", "max_tasks") ++ limited.map(_._1), Columns.newLimit,
      "(max_cores, max_tasks, job_id, pool, user_name, rule) - Limits jobs, selected by one of " +
        "the last four parameters, including running ones; a NULL or missing limit is as " +
        "configured.")(setLimit))

  /** What limits may be given to, and what SchedulerView.setLimit calls it. */
  private lazy val limited: Seq[(String, String)] =
    Seq("job_id" -> "job", "pool" -> "pool", "user_name" -> "user", "rule" -> "rule")
  private lazy val targets: Seq[String] = kinds.map(_._1)
  /** What jobs may be named by, and what SchedulerView.setPriority calls it. */
  private lazy val kinds: Seq[(String, String)] =
    Seq("job_id" -> "job", "job_group" -> "group", "tag" -> "tag", "query" -> "query")

  def view(sc: SparkContext): SchedulerView = scheduler(sc).neptune()

  /** What the user of this thread may do. */
  def control(sc: SparkContext): UserControl = {
    val user = SqlExecutions.userOfThread.orElse(JobTags.userOf(sc.getLocalProperties))
    // A Connect server runs a command also when a client only asks for its columns; for nobody.
    if (user.isEmpty && Thread.currentThread.getStackTrace.exists(_.getClassName.startsWith(
        "org.apache.spark.sql.connect."))) {
      fail("Functions that do something must be run with spark.sql().")
    }
    new UserControl(view(sc), Settings.from(sc.conf), user)
  }

  /** A server runs a statement on this thread for somebody. Spark's listeners may be told of that
   *  when its first tasks have been submitted, which a limit of the user is to bind, too.
   */
  def tellUser(sc: SparkContext, scheduler: NeptuneTaskScheduler): Unit =
    SqlExecutions.userOfThread.foreach(user =>
      scheduler.runsFor(user, sc.getLocalProperties))

  /** None for an application without Neptune. */
  def schedulerOf(sc: SparkContext): Option[NeptuneTaskScheduler] = sc.taskScheduler match {
    case ours: NeptuneTaskScheduler => Some(ours)
    case _ => None
  }

  /** @throws IllegalArgumentException for an application without Neptune */
  def scheduler(sc: SparkContext): NeptuneTaskScheduler = schedulerOf(sc).getOrElse(
    throw new IllegalArgumentException(
      "This application runs without Neptune (its scheduler is " +
        s"${sc.taskScheduler.getClass.getName}): " +
        "start it with spark.plugins=org.apache.spark.neptune.NeptunePlugin; where PySpark " +
        "starts a Spark Connect server of its own, for remote(\"local[*]\"), with " +
        "spark.plugins.defaultList instead, or with neptune_spark.builder()."))

  private def countOf(arguments: Arguments): Int = {
    val n = if (arguments.isGiven("n")) arguments.required("n", arguments.integer("n"))
      else decisionsTold
    if (n < 0 || n > Int.MaxValue) {
      fail(s"neptune_decisions() takes 0 or a positive integer as n, not $n.")
    }
    n.toInt
  }

  private def taskIdOf(arguments: Arguments): Long =
    arguments.required("task_id", arguments.integer("task_id"))

  private def policyOf(arguments: Arguments): String = {
    val name = arguments.required("policy", arguments.text("policy"))
    if (name.startsWith(Settings.PythonPolicyPrefix)) {
      fail(s"The policy $name is written in Python: the application puts it in force, with " +
        "spark.neptune.policy or neptune_spark.scheduler(spark).policy in a classic session.")
    }
    name
  }

  private def setPriority(control: UserControl, arguments: Arguments): Map[String, Any] = {
    if (!arguments.isGiven("priority")) {
      fail("neptune_set_priority() needs the priority; NULL withdraws it.")
    }
    val (parameter, kind) = targetOf("neptune_set_priority", kinds, arguments)
    val name = nameOf("neptune_set_priority", kinds, parameter, arguments)
    val (priority, jobs) = control.setPriority(kind, name, arguments.text("priority"))
    Map(
      "named_by" -> parameter, "name" -> name,
      "priority" -> priority, "jobs" -> jobs)
  }

  private def setLimit(control: UserControl, arguments: Arguments): Map[String, Any] = {
    val (parameter, kind) = targetOf("neptune_set_limit", limited, arguments)
    val name = nameOf("neptune_set_limit", limited, parameter, arguments)
    val (maxCores, maxTasks) = (arguments.text("max_cores"), arguments.text("max_tasks"))
    val jobs = control.setLimit(kind, name, maxCores, maxTasks)
    Map(
      "named_by" -> parameter, "name" -> name, "max_cores" -> maxCores,
      "max_tasks" -> maxTasks.map(_.trim.toInt), "jobs" -> jobs)
  }

  /** By what of these jobs are named. */
  private def targetOf(
      function: String, ways: Seq[(String, String)], arguments: Arguments): (String, String) =
    ways.filter { case (parameter, _) => arguments.isGiven(parameter) } match {
      case Seq(one) => one
      case several =>
        if (several.isEmpty) {
          fail(s"$function() needs to know which jobs: pass " +
            s"${ways.init.map(_._1).mkString(", ")} or ${ways.last._1}.")
        }
        fail(s"$function() selects jobs in exactly one way: " +
          s"${several.map(_._1).mkString(" or ")}.")
    }

  /** What the jobs are called; a streaming query's name stands for its id. */
  private def nameOf(
      function: String, ways: Seq[(String, String)], parameter: String, arguments: Arguments)
      : String = {
    val name = arguments.required(parameter, arguments.text(parameter))
    parameter match {
      case "job_id" => Try(name.trim.toInt.toString).getOrElse(fail(
        s"$function() takes the id of a job, a whole number, as job_id, not '$name'. What names " +
          s"jobs in another way needs its parameter: ${ways(1)._1} => '$name'."))
      case "query" => idOf(name).getOrElse(streamNamed(name))
      case _ => name
    }
  }

  /** That of a streaming query or an execution, as Spark writes it. */
  private def idOf(text: String): Option[String] = {
    val trimmed = text.trim
    Try(trimmed.toLong.toString).orElse(Try(UUID.fromString(trimmed).toString)).toOption
  }

  private def streamNamed(name: String): String =
    SqlExecutions.streamsNamed(name) match {
      case Seq(id) => id
      case Seq() => fail(s"There is no active streaming query with the name '$name'.")
      case several => fail(
        s"${several.size} active streaming queries have the name '$name': give the id of one " +
          s"(${several.mkString(", ")}).")
    }

  private def fail(sentence: String): Nothing = throw new IllegalArgumentException(sentence)
}
