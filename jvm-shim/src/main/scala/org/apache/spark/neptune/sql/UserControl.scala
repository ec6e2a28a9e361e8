package org.apache.spark.neptune.sql

import neptune.core.Priority

import org.apache.spark.neptune.driver.priorities.{JobOwners, LimitChanges}
import org.apache.spark.neptune.driver.scheduler.SchedulerView
import org.apache.spark.neptune.settings.Settings

/** What somebody may do by SQL (spark.neptune.sql.control).
 *
 * @param user on whose behalf, on a server; None: the application itself, which may do everything
 */
private[sql] final class UserControl(
    view: SchedulerView, settings: Settings, user: Option[String]) {
  import UserControl._

  private val rule = settings.sqlControl

  def suspend(taskId: Long): Map[String, Any] = {
    checkOwner("suspend", taskId)
    view.suspend(taskId)
    task(taskId)
  }

  def resume(taskId: Long): Map[String, Any] = {
    checkOwner("resume", taskId)
    view.resume(taskId)
    task(taskId)
  }

  def setPolicy(name: String): Map[String, Any] = {
    for (who <- user if rule != all) {
      refuse(s"$who may not set the policy, which all users share", "all")
    }
    val former = view.policy()
    view.setPolicy(name)
    Map("policy" -> view.policy(), "former_policy" -> former)
  }

  /** @param kind as SchedulerView.setPriority has it
   *  @param priority None to take it back
   *  @return the priority, which is lower where the user may have no higher one, and how many live
   *          jobs it is about
   */
  def setPriority(kind: String, name: String, priority: Option[String]): (Option[Int], Int) = {
    checkAllowed("change priorities")
    val level = priority.map(text => Priority.parse(text).getOrElse(
      throw new IllegalArgumentException(
        s"The priority is '$text', but it must be ${Priority.accepted}.")))
    val allowed = level.map(asked => user.fold(asked)(settings.limitOf(_)._1.min(asked)))
    val owner = user.filter(_ => rule != all)
    (allowed, view.setPriority(kind, name, allowed.fold("")(_.toString), owner))
  }

  /** @param kind as SchedulerView.setLimit has it
   *  @param maxCores None: as configured
   *  @return how many live jobs it is about
   */
  def setLimit(
      kind: String, name: String, maxCores: Option[String], maxTasks: Option[String]): Int = {
    checkAllowed("change limits")
    for (who <- user if rule != all && !LimitChanges.isOfOneJob(kind)) {
      refuse(s"$who may not limit the $kind $name, only $who's own jobs", "all")
    }
    // The view takes an empty text for none.
    for ((key, said) <- Seq(Settings.JobMaxCores -> maxCores, Settings.JobMaxTasks -> maxTasks)) {
      said.flatMap(Settings.problemOf(key, _))
        .foreach(problem => throw new IllegalArgumentException(problem))
    }
    view.setLimit(
      kind, name, maxCores.getOrElse(""), maxTasks.getOrElse(""), user.filter(_ => rule != all))
  }

  private def checkOwner(act: String, taskId: Long): Unit = {
    checkAllowed(s"$act tasks")
    for (who <- user if rule != all; owner = view.ownerOf(taskId) if owner != user) {
      refuse(s"$who may not $act task $taskId, which is ${JobOwners.genitive(owner)}", "all")
    }
  }

  private def checkAllowed(act: String): Unit =
    for (who <- user if rule == none) refuse(s"$who may not $act", "owner or all")

  private def refuse(what: String, needed: String): Nothing = throw new IllegalArgumentException(
    s"$what: spark.neptune.sql.control is $rule, and would have to be $needed.")

  private def task(taskId: Long): Map[String, Any] = {
    val row = view.taskRows.find(_("task_id") == taskId)
    Map(
      "task_id" -> taskId, "state" -> row.map(_("state")).orNull,
      "manual" -> row.map(_("manual")).orNull)
  }
}

private object UserControl {
  private val all = "all"
  private val none = "none"
}
