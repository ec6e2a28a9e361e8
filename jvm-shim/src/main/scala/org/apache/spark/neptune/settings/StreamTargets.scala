package org.apache.spark.neptune.settings

/** How long the batches of streaming queries may take that rules are for.
 *
 * @param rules says which rules are for a query
 * @param byRule in milliseconds
 */
private[neptune] final class StreamTargets private (
    rules: PriorityRules, byRule: Map[String, Long]) {

  /** Of several for a query the shortest counts. */
  def of(job: PriorityRules.Job): Option[Long] =
    if (byRule.isEmpty) None
    else rules.namesFor(job).flatMap(byRule.get).reduceOption(_ min _)
}

private[neptune] object StreamTargets {
  /** What a rule says that sets one. */
  val kind: String = "target"

  /** @param settings by their keys without what all of Neptune's begin with; checked one by one */
  def from(settings: Map[String, String], rules: PriorityRules): StreamTargets =
    new StreamTargets(
      rules, NamedSettings.of(settings, "rule", kind).map { case (name, text) =>
        name -> Settings.durationMs(text)
      })
}
