package org.apache.spark.neptune.settings

import org.apache.spark.SparkException

/** What bounds the cores of some tasks, all together.
 *
 * Those that are equal have one count of tasks.
 *
 * @param name whose tasks, in words: "pool etl", "job 17"
 * @param minCores what they get before others of their level share the rest
 * @param maxCores how many cores they may hold at once
 * @param maxTasks how many of them may run at once
 * @param isChanged whether somebody has changed it at run time: what is over it is suspended then
 */
private[neptune] final case class Limiter(
    name: String, minCores: Option[CoreCount], maxCores: Option[CoreCount], maxTasks: Option[Int],
    isChanged: Boolean = false) {
  def isEmpty: Boolean = minCores.isEmpty && maxCores.isEmpty && maxTasks.isEmpty

  /** One of [[Limiter.kinds]] as in a setting, if it is set. */
  def textOf(kind: String): Option[String] = kind match {
    case "minCores" => minCores.map(_.toString)
    case "maxCores" => maxCores.map(_.toString)
    case _ => maxTasks.map(_.toString)
  }

  /** How many tasks may run at once, however many cores there are; None: any number of them may, on
   *  cores enough. One always may.
   *
   * @param nanocores what each needs
   */
  def mostTasks(nanocores: Long): Option[Int] = {
    // A share of all cores is of more cores the more executors there are.
    val byCores = maxCores.filterNot(_.isShare).map(_.nanocores(0L) / nanocores)
    (maxTasks.map(_.toLong) ++ byCores).reduceOption(_ min _)
      .map(most => math.max(1L, math.min(Int.MaxValue.toLong, most)).toInt)
  }
}

private[neptune] object Limiter {
  /** What it may say. */
  val kinds: Seq[String] = Seq("maxCores", "minCores", "maxTasks")

  /** @param kind rule, pool or user */
  def nameOf(kind: String, name: String): String = s"$kind $name"

  /** @param said the text of each that is set, which has been checked */
  def from(name: String)(said: String => Option[String]): Limiter = Limiter(
    name, said("minCores").flatMap(CoreCount.parse), said("maxCores").flatMap(CoreCount.parse),
    said("maxTasks").map(_.trim.toInt))

  /** @param key what the keys of its settings begin with
   *  @return what is wrong, if the least that it gives is more than it allows
   */
  def problemOf(limiter: Limiter, key: String): Option[String] = for {
    least <- limiter.minCores
    most <- limiter.maxCores
    if least.isAlwaysMoreThan(most)
  } yield s"${key}minCores is $least, above ${key}maxCores, which is $most: lower the first, or " +
    "raise the second."
}

/** What the application's settings allow to jobs: by rule, by pool, by user. All that there are for
 *  a job limit it.
 *
 * @param rules says which rules are for a job
 * @param limiters by what they are of, and its name: "pool", "etl"
 */
private[neptune] final class Limits private (
    rules: PriorityRules, limiters: Map[(String, String), Limiter]) {

  def isEmpty: Boolean = limiters.isEmpty

  /** Those of a job, the most particular first; empty ones are where nothing is set. */
  def of(job: PriorityRules.Job): Seq[Limiter] =
    (rules.namesFor(job).map("rule" -> _) ++ job.pool.map("pool" -> _) ++ job.user.map("user" -> _))
      .map { case (kind, name) => get(kind, name) }

  /** The name's own, or else what is for every name; each name has that for itself. */
  def get(kind: String, name: String): Limiter = {
    val own = limiters.get((kind, name))
    def common =
      if (NamedSettings.haveCommon(kind)) limiters.get((kind, NamedSettings.EveryName)) else None
    own.orElse(common).fold(Limiter(Limiter.nameOf(kind, name), None, None, None))(
      _.copy(name = Limiter.nameOf(kind, name)))
  }

  /** What the keys begin with that give a limiter what it has, and whether they are for every name;
   *  None for one that no setting of the application is for.
   *
   * @param limiter its name
   */
  def keyOf(limiter: String): Option[(String, Boolean)] = limiter.split(" ", 2) match {
    case Array(kind, name) if Limits.kinds.contains(kind) =>
      val isCommon = !isSet(kind, name)
      val named = if (isCommon) NamedSettings.EveryName else name
      Some((s"${Settings.prefix}$kind.$named.", isCommon))
    case _ => None
  }

  /** Whether anything is set for the jobs of this name. */
  def isSet(kind: String, name: String): Boolean = limiters.contains((kind, name))
}

private[neptune] object Limits {
  /** Whom the application limits. */
  private val kinds: Seq[String] = Seq("rule", "pool", "user")

  /** @param settings by their keys without what all of Neptune's begin with; checked one by one
   *  @throws SparkException for limits that contradict each other
   */
  def from(settings: Map[String, String], rules: PriorityRules): Limits = {
    val named = for {
      kind <- kinds
      what <- Limiter.kinds
      name <- NamedSettings.of(settings, kind, what).keys
    } yield kind -> name
    val limiters = named.distinct.map { case (kind, name) =>
      val limiter = Limiter.from(Limiter.nameOf(kind, name))(
        what => settings.get(s"$kind.$name.$what"))
      Limiter.problemOf(limiter, s"spark.neptune.$kind.$name.")
        .foreach(problem => throw new SparkException(problem))
      (kind, name) -> limiter
    }
    new Limits(rules, limiters.toMap)
  }
}
