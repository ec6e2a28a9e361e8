package org.apache.spark.neptune.settings

import java.util.Locale
import java.util.concurrent.TimeUnit
import java.util.regex.Pattern

import scala.jdk.CollectionConverters._
import scala.util.Try

import com.fasterxml.jackson.databind.{JsonNode, ObjectMapper}
import neptune.core.{Priority, StarvationBound}
import neptune.policy.{Buckets, MissingFigures, PolicySettings}

import org.apache.spark.{SparkConf, SparkException}
import org.apache.spark.network.util.JavaUtils
import org.apache.spark.util.Utils

/** The application's settings, checked.
 *
 * Keys, types, defaults and documentation are declared in `neptune_spark/settings.json`, which the
 * jar carries as a resource.
 */
private[neptune] final class Settings private (conf: SparkConf) {
  import Settings._

  private def text(key: String): String = conf.get(key, declaredFor(key).fold("")(_.default))
  private def count(key: String): Int = text(key).trim.toInt
  private def priority(key: String): Int = Priority.parse(text(key)).get

  val defaultPriority: Int = priority("spark.neptune.defaultPriority")
  val streamingPriority: Int = priority("spark.neptune.streamingPriority")
  val maxPriority: Int = priority("spark.neptune.maxPriority")
  val policy: String = text(Policy)
  val lmaWindowMs: Long = durationMs(text("spark.neptune.lma.window"))
  val policySettings: PolicySettings = PolicySettings(
    Buckets(
      count("spark.neptune.lma.bucketPercentage"), count("spark.neptune.lma.bucketMb"),
      lmaWindowMs,
      MissingFigures.all.find(_.name == text("spark.neptune.lma.missing")).get),
    count("spark.neptune.policy.seed"))
  val policyTimeoutMs: Long = durationMs(text("spark.neptune.policy.timeout"))
  val preemption: String = text("spark.neptune.preemption")
  val starvationBound: StarvationBound = StarvationBound(
    count("spark.neptune.maxSuspensions"),
    TimeUnit.MILLISECONDS.toNanos(durationMs(text("spark.neptune.maxSuspendedTime"))))
  val sharesRealTimeCores: Boolean = text("spark.neptune.realTimeCores") == "shared"
  val suspendedMemoryShare: Double = text("spark.neptune.maxSuspendedMemory").trim.toDouble
  val allocationWindowMs: Long = durationMs(text("spark.neptune.allocationWindow"))
  val handsOver: Boolean = text("spark.neptune.handOver").trim.toBoolean
  val suspendTimeoutMs: Long = durationMs(text("spark.neptune.suspendTimeout"))
  val rescueIntervalMs: Long = durationMs(text("spark.neptune.rescueInterval"))
  val pythonSuspendGraceMs: Long = durationMs(text("spark.neptune.python.suspendGrace"))
  val pythonNoSuspendMaxMs: Long = durationMs(text("spark.neptune.python.noSuspendMax"))
  val pythonSpareWorkers: Int = count("spark.neptune.python.spareWorkers")
  /** None where Python workers have no daemon: each then starts from the thread of its task, as
   *  nice as that. On a busy machine it might miss the 10 s that Spark gives it.
   */
  val niceness: Int =
    if (conf.getBoolean("spark.python.use.daemon", true)) count("spark.neptune.niceness") else 0
  private val withNames = conf.getAllWithPrefix(prefix).toMap
  val rules: PriorityRules = PriorityRules.from(withNames)
  /** Those of the application; jobs may have others of their own. */
  val limits: Limits = Limits.from(withNames, rules)
  /** Likewise. */
  val targets: StreamTargets = StreamTargets.from(withNames, rules)
  private val orders =
    LevelOrders.from(text("spark.neptune.order"), NamedSettings.of(withNames, "level", "order"))
  orders.problemWith(preemption).foreach(problem => throw new SparkException(problem))
  /** How long a task keeps its core when others of its level are owed one. */
  val quantumNs: Long =
    TimeUnit.MILLISECONDS.toNanos(durationMs(text("spark.neptune.order.quantum")))
  /** From which use on work is in the next band of the order feedback, in core-nanoseconds. */
  val bandsNs: Seq[Long] = LevelOrders.bandsOf(text("spark.neptune.order.bands")).get
  /** What users of a server may do by SQL: "owner", "all" or "none". */
  val sqlControl: String = text("spark.neptune.sql.control")
  val metricsIntervalMs: Long = durationMs(text("spark.neptune.metricsInterval"))
  val chaosSuspendEveryMs: Long = durationMs(text("spark.neptune.chaos.suspendEvery"))
  val chaosFaults: FaultSettings = FaultSettings(
    count("spark.neptune.chaos.seed"),
    text("spark.neptune.chaos.dropMessages").trim.toDouble,
    text("spark.neptune.chaos.doubleMessages").trim.toDouble,
    durationMs(text("spark.neptune.chaos.delayMessages")))

  /** How the jobs of a level share its cores: one of [[LevelOrders]]' names. */
  def orderOf(level: Int): String = orders.of(level)

  /** Whether jobs share the cores of some level by suspension, or the application limits any. */
  def isSharing: Boolean = orders.isSharing || !limits.isEmpty

  /** Whether pools share the cores of some level by suspension. */
  def sharesByPools: Boolean = orders.isFair

  /** Why a job can't have this local property, as a sentence. It may have settings of the
   *  application: see [[ignoredForJobs]].
   */
  def problemForJobs(key: String, value: String): Option[String] =
    if (isInForce(key, value) || ofApplication(key).isDefined) None
    else {
      Settings.problemForJobs(key, value)
        .map(_ + s" In a session, spark.conf.unset('$key') removes it.")
    }

  /** What is to be said of a job's local property that has no effect: it is another value of a
   *  setting of the application.
   */
  def ignoredForJobs(key: String, value: String): Option[String] =
    if (isInForce(key, value)) None
    else ofApplication(key).map { setting =>
      val own = conf.getOption(key).fold("is not set")(inForce => s"is '$inForce'")
      s"$key is set to '$value' for a session or a job, where it is ignored: it belongs to the " +
        s"application, where it $own; ${howToSet(setting)}."
    }

  /** Each job of SQL has all that its session knows, what the application has set, too. */
  private def isInForce(key: String, value: String): Boolean =
    withNames.get(key.stripPrefix(prefix)).contains(value) || key == PythonSocket

  /** The keys of the settings that are for a single pool, by its name. */
  def keysOfPools: Map[String, Seq[String]] = withNames.keys.filter(_.startsWith(ofPools)).toList
    .sorted.map(prefix + _).groupBy { key =>
      val named = key.stripPrefix(prefix + ofPools)
      named.substring(0, named.lastIndexOf('.'))
    } - NamedSettings.EveryName

  /** The highest priority that a user's jobs may have, and the setting that says so. */
  def limitOf(user: String): (Int, String) = rules.limitOf(user) match {
    case Some(own) => own -> s"spark.neptune.user.$user.maxPriority"
    case None => maxPriority -> "spark.neptune.maxPriority"
  }

  /** All settings of applications, by key; a secret one without its value.
   *
   * @param policyNow the policy in force, which may be another than at the start
   */
  def inForce(policyNow: String): Seq[SettingInForce] = {
    val rules = conf.getAllWithPrefix(prefix).map(prefix + _._1)
      .filter(declaredFor(_).exists(_.scope == "rule"))
    val keys = declared.values.filter(_.scope == "application").map(_.key).toList.sorted ++
      rules.sorted
    val values = keys.map(key => key -> (if (key == Policy) policyNow else text(key)))
    Utils.redact(conf, values).toList
      .map { case (key, value) =>
        val isChanged = key == Policy && policyNow != policy
        SettingInForce(key, value, conf.contains(key) || isChanged)
      }
  }
}

/** A setting that SQL sessions know.
 *
 * @param expected what it must be where a session may set it; None: no session may
 */
private[neptune] final case class SessionSetting(
    key: String, doc: String, expected: Option[String])

/** @param isSet whether the application has set it */
private[neptune] final case class SettingInForce(key: String, value: String, isSet: Boolean)

/** For tests: what happens to messages between driver and executors.
 *
 * @param dropShare the share of them that is lost, 0 to 1
 * @param doubleShare the share that comes twice, 0 to 1
 * @param delayMs how late one may come, at most
 */
private[neptune] final case class FaultSettings(
    seed: Int, dropShare: Double, doubleShare: Double, delayMs: Long) {
  def isOff: Boolean = dropShare == 0 && doubleShare == 0 && delayMs == 0
}

private[neptune] object Settings {
  /** A SQL session's, or a local property of a job's thread. */
  val JobPriority: String = "spark.neptune.priority"
  /** Local property of a job that neptune_spark.priority() sets. While a SQL execution runs, what
   *  its session has under "spark" takes the place of local properties (SQLConf.getAllConfs in
   *  SQLExecution.withSQLConfPropagated, Spark 3.5 to 4.3): this one stays.
   */
  val BlockPriority: String = "neptune.priority"
  /** How many cores or tasks of a job there may be; a session's, or a local property. */
  val JobMaxCores: String = "spark.neptune.maxCores"
  val JobMinCores: String = "spark.neptune.minCores"
  val JobMaxTasks: String = "spark.neptune.maxTasks"
  /** How long a batch of a streaming query may take; as well. */
  val JobTarget: String = "spark.neptune.target"
  /** Before the priority in a tag that neptune_spark.priority() adds on Spark Connect. */
  val BlockTag: String = "neptune.block="
  /** Before the priority in a job's tag. */
  val PriorityTag: String = "neptune.priority="
  /** Local property that an executor adds to a task's: the control socket's address. */
  val PythonSocket: String = "spark.neptune.python.socket"

  val Policy: String = "spark.neptune.policy"
  /** Before module and class of a policy written in Python. */
  val PythonPolicyPrefix: String = "python:"

  // What is accepted is as `neptune_spark/_setting_values.py` has it: tests/jvm/test_contracts.py.
  /** Spark's own units, but for those below a millisecond. */
  private val duration = raw"(?i)\d+(ms|s|m|min|h|d)?".r.pattern
  private val share = raw"(?i)(\d+\.?\d*|\.\d+)(e[+-]?\d+)?".r.pattern
  private val className = raw"[A-Za-z_$$][\w$$]*(\.[A-Za-z_$$][\w$$]*)+".r.pattern
  private val pythonClass = raw"python:[A-Za-z_]\w*(\.[A-Za-z_]\w*)*:[A-Za-z_]\w*".r.pattern
  /** What all keys begin with. */
  private[neptune] val prefix: String = "spark.neptune."
  private val ofPools = "pool."
  /** In the key of a setting of which there may be several. */
  private val anyName = "<name>"
  private val resource = "/neptune-settings.json"
  /** How the keys of those end that `neptune_set_limit()` changes. */
  private val changeable = Seq("maxCores", "maxTasks").map(what => s".$anyName.$what")

  private final case class Declared(
      key: String, kind: String, default: String, values: Seq[String], scope: String, doc: String) {
    /** Whether the key is that of this setting with a name in it. */
    def isFor(other: String): Boolean = key.split(anyName) match {
      case Array(start, end) =>
        other.startsWith(start) && other.endsWith(end) && other.length > start.length + end.length
      case _ => false
    }
  }

  private lazy val declared: Map[String, Declared] = {
    val in = getClass.getResourceAsStream(resource)
    try new ObjectMapper().readTree(in).elements().asScala.map(declaration).toMap
    finally in.close()
  }

  /** The settings in `conf`.
   *
   * @throws SparkException that names a setting that does not exist or has a wrong value, the
   *                        value, and the remedy
   */
  def from(conf: SparkConf): Settings = {
    conf.getAll.filter { case (key, _) => isMeant(key) }
      .foreach { case (key, value) => check(key, value) }
    new Settings(conf)
  }

  /** What a SQL session may be told of. */
  def forSessions: Seq[SessionSetting] = declared.values.toList
    .filterNot(each => Set("internal", "rule")(each.scope))
    .map { each =>
      SessionSetting(each.key, each.doc, if (each.scope == "job") Some(expected(each)) else None)
    }

  /** Whether a key is to be one of Neptune's, if in another case: nothing else would look at it. */
  private def isMeant(key: String): Boolean =
    key.regionMatches(true, 0, prefix, 0, prefix.length)

  /** What is wrong with the value of a setting that belongs to a job, as a sentence. */
  def problemOf(key: String, value: String): Option[String] =
    checkValue(declared(key), value).map(what => s"$key is '$value', but it must be $what.")

  /** Whether a setting that belongs to a job may have this value. */
  def accepts(key: String, value: String): Boolean = checkValue(declared(key), value).isEmpty

  /** Why a SQL session or a job can't have it set, as a sentence. What a setting may be that it can
   *  have, [[problemOf]] says.
   */
  def problemForJobs(key: String, value: String): Option[String] =
    if (!isMeant(key)) None
    else declaredFor(key) match {
      case Some(setting) if setting.scope == "job" => None
      case Some(setting) if setting.scope == "internal" => Some(isOurs(key, value) + ".")
      case Some(setting) =>
        Some(s"$key can't be set to '$value' for a session or a job, because it belongs to the " +
          s"application: remove it from the session, and ${howToSet(setting)}.")
      case None => Some(isNone(key, value, "job") + ".")
    }

  /** The setting with this key, if it is one of the application. */
  private def ofApplication(key: String): Option[Declared] =
    declaredFor(key).filterNot(setting => Set("job", "internal")(setting.scope))

  /** How the application sets one of its settings, as the end of a sentence. */
  private def howToSet(setting: Declared): String = {
    val later =
      if (setting.key == Policy) ", or put another policy in force with neptune_set_policy()"
      else if (changeable.exists(setting.key.endsWith(_))) {
        ", or change the limit with neptune_set_limit()"
      } else ""
    s"set it before the application starts, with --conf or in spark-defaults.conf$later"
  }

  /** What a setting does, in words; empty for one that there is not. */
  def documentation(key: String): String = declaredFor(key).fold("")(_.doc)

  /** @throws SparkException for what can't be the name of a policy */
  def checkPolicy(name: String): Unit = check(Policy, name)

  private def declaredFor(key: String): Option[Declared] =
    declared.get(key).orElse(declared.values.find(_.isFor(key)))

  private def check(key: String, value: String): Unit = declaredFor(key) match {
    case Some(setting) if setting.scope == "job" =>
      val instead =
        if (key == JobPriority) {
          "neptune_spark.priority(...) in the application, or spark.neptune.defaultPriority"
        } else {
          s"SET $key=... in a SQL session, or a rule (${prefix}rule.<name>." +
            s"${key.stripPrefix(prefix)})"
        }
      fail(s"$key is set to '$value' for the application, but it belongs to a job; use $instead")
    case Some(setting) if setting.scope == "internal" => fail(isOurs(key, value))
    case Some(setting) =>
      NamedSettings.problemOf(key.stripPrefix(prefix)).foreach(fail)
      checkValue(setting, value).foreach(expected =>
        fail(s"$key is '$value', but it must be $expected"))
    case None => fail(isNone(key, value, "application"))
  }

  private def isOurs(key: String, value: String): String =
    s"$key (set to '$value') is set by Neptune itself; remove it"

  /** @param scope what it should have been set for */
  private def isNone(wrong: String, value: String, scope: String): String = {
    def keys(fit: Declared => Boolean): Seq[String] =
      declared.values.filter(fit).map(_.key).toList.sorted
    val instead = MisspelledKeys.insteadOf(
      wrong, prefix, keys(_.scope != "internal"), keys(_.scope == scope))
    s"$wrong (set to '$value') is not a setting of Neptune$instead"
  }

  /** What the setting expects, if `value` is not that. */
  private def checkValue(setting: Declared, value: String): Option[String] = {
    val (good, accepted) = checked(setting, value)
    if (good) None else Some(accepted)
  }

  private def expected(setting: Declared): String = checked(setting, "")._2

  /** Whether the setting may have the value, and what it may have. */
  private def checked(setting: Declared, value: String): (Boolean, String) =
    setting.kind match {
      case "priority" => (Priority.parse(value).isDefined, Priority.accepted)
      case "enum" => (setting.values.contains(value), setting.values.mkString("one of: ", ", ", ""))
      case "policy" =>
        (setting.values.contains(value) ||
          Seq(className, pythonClass).exists(_.matcher(value).matches()),
          setting.values.mkString("one of: ", ", ", ", the full name of a class that implements " +
            "neptune.policy.Policy, or python:module:Class"))
      case "duration_ms" =>
        (isDuration(value), "a duration such as 100ms or 2s")
      case "positive_duration_ms" =>
        (isDuration(value) && durationMs(value) > 0, "a duration above 0 such as 100ms or 2s")
      case "positive" => (Try(value.trim.toInt).toOption.exists(_ > 0), "a positive integer")
      case "count" => (Try(value.trim.toInt).toOption.exists(_ >= 0), "0 or a positive integer")
      case "share" =>
        (share.matcher(value.trim).matches() && value.trim.toDouble <= 1, "a number from 0 to 1")
      case "cores" => (CoreCount.parse(value).isDefined, CoreCount.accepted)
      case "bands" => (LevelOrders.bandsOf(value).isDefined, LevelOrders.acceptedBands)
      case "pattern" =>
        (value.nonEmpty && Try(Pattern.compile(value)).isSuccess, "a Java regular expression")
      case "bool" => (Try(value.trim.toBoolean).isSuccess, "true or false")
      case _ => (value.nonEmpty, "a string")
    }

  private def isDuration(value: String): Boolean =
    duration.matcher(value.trim).matches() && Try(durationMs(value)).isSuccess

  private[neptune] def durationMs(text: String): Long =
    JavaUtils.timeStringAsMs(text.toLowerCase(Locale.ROOT))

  private def declaration(node: JsonNode): (String, Declared) = {
    val key = node.get("key").asText()
    val values = Option(node.get("values")).toSeq
      .flatMap(_.elements().asScala.map(_.asText()))
    key -> Declared(
      key, node.get("type").asText(), node.path("default").asText(""), values,
      node.get("scope").asText(), node.get("doc").asText())
  }

  private def fail(sentence: String): Nothing = throw new SparkException(sentence + ".")
}
