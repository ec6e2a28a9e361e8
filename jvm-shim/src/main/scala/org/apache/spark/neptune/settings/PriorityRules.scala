package org.apache.spark.neptune.settings

import neptune.core.Priority

import org.apache.spark.SparkException

/** Priorities of jobs that say none themselves: by rule, by pool, by user; the first that there is.
 *
 * @param pools priorities by the pool's name
 * @param users priorities by the user's name
 * @param limits the highest that a user's jobs may have, by the user's name
 */
private[neptune] final class PriorityRules private (
    rules: Seq[PriorityRules.Rule], pools: Map[String, Int], users: Map[String, Int],
    limits: Map[String, Int]) {

  /** @return the priority; None if nothing is said of such jobs */
  def of(job: PriorityRules.Job): Option[Int] =
    rules.filter(_.isFor(job)).flatMap(_.priority).reduceOption(_ max _)
      .orElse(job.pool.flatMap(pools.get))
      .orElse(job.user.flatMap(users.get))

  /** The rules that are for such jobs, those without a priority, too. */
  def namesFor(job: PriorityRules.Job): Seq[String] = rules.filter(_.isFor(job)).map(_.name)

  def isRule(name: String): Boolean = rules.exists(_.name == name)

  /** The highest priority that the user's jobs may have, where it is the user's own limit. */
  def limitOf(user: String): Option[Int] = limits.get(user)

  def isEmpty: Boolean = rules.isEmpty && pools.isEmpty && users.isEmpty
}

private[neptune] object PriorityRules {
  /** What rules look at.
   *
   * @param query the name of the streaming query
   */
  final case class Job(
      description: Option[String], query: Option[String], pool: Option[String],
      user: Option[String])

  private final case class Rule(
      name: String, description: Option[RuleExpression], query: Option[RuleExpression],
      priority: Option[Int]) {
    def isFor(job: Job): Boolean =
      description.forall(e => job.description.exists(e.findsIn)) &&
        query.forall(e => job.query.exists(e.matches))
    def looksAt: (Option[String], Option[String]) =
      (description.map(_.source), query.map(_.source))
  }

  /** @param settings by their keys without what all of Neptune's begin with; checked one by one
   *  @throws SparkException for a rule that can't be one, or that contradicts another
   */
  def from(settings: Map[String, String]): PriorityRules = {
    def named(kind: String, what: String): Map[String, String] =
      NamedSettings.of(settings, kind, what)
    def levels(kind: String, what: String = "priority"): Map[String, Int] =
      named(kind, what).map { case (name, text) => name -> Priority.parse(text).get }
    val priorities = levels("rule")
    val descriptions = named("rule", "description")
    val queries = named("rule", "query")
    val kinds = Limiter.kinds :+ StreamTargets.kind
    val limited = kinds.map(what => what -> named("rule", what).keySet).toMap
    val names = (priorities.keySet ++ descriptions.keySet ++ queries.keySet ++
      limited.values.flatten).toList.sorted
    val rules = names.map { name =>
      val key = s"spark.neptune.rule.$name"
      val says = priorities.get(name).map(_ => "priority") ++ kinds.filter(limited(_)(name))
      if (!descriptions.contains(name) && !queries.contains(name)) {
        fail(s"$key.${says.head} is set, but not which jobs it is for: set $key.description or " +
          s"$key.query to a regular expression, or remove it")
      }
      if (says.isEmpty) {
        fail(s"The rule $name says which jobs it is for, but not their priority or a limit: set " +
          s"$key.priority to ${Priority.accepted}, or one of " +
          s"${kinds.map(what => s"$key.$what").mkString(", ")}, or remove it")
      }
      Rule(
        name, descriptions.get(name).map(new RuleExpression(s"$key.description", _)),
        queries.get(name).map(new RuleExpression(s"$key.query", _)), priorities.get(name))
    }
    val ordering = rules.filter(_.priority.isDefined)
    for (same <- ordering.groupBy(_.looksAt).values if same.map(_.priority).distinct.size > 1) {
      val keys = same.map(rule => s"spark.neptune.rule.${rule.name}.priority")
      fail(s"The rules ${same.map(_.name).mkString(" and ")} are for the same jobs, with " +
        s"different priorities: give them one priority (${keys.mkString(", ")}), or remove all " +
        "but one")
    }
    val users = levels("user")
    val highest = levels("user", "maxPriority")
    for ((user, limit) <- highest; priority <- users.get(user) if priority > limit) {
      val key = s"spark.neptune.user.$user"
      fail(s"$key.priority is $priority, above $key.maxPriority, which is $limit: lower the " +
        "first, or raise the second")
    }
    new PriorityRules(rules, levels("pool"), users, highest)
  }

  private def fail(sentence: String): Nothing = throw new SparkException(sentence + ".")
}
