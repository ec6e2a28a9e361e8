package org.apache.spark.neptune.settings

/** Settings of which there may be several, each with a name in its key. */
private[neptune] object NamedSettings {
  /** In the place of a name: every pool, or user, that has no such setting of its own. */
  val EveryName: String = "*"

  private val common = "maxCores"
  private val named = """(?s)(level|pool|user|rule)\.(.*)\.[^.]*""".r
  private val starred = """(?s)(pool|user)\.(.*\*.*)\.([^.]*)""".r

  /** Whether there may be settings for all of such. */
  def haveCommon(kind: String): Boolean = kind == "pool" || kind == "user"

  /** What is wrong with the name in a key, as a sentence without its end.
   *
   * @param key without what all of Neptune's begin with
   */
  def problemOf(key: String): Option[String] = key match {
    case named(kind, name) if name.trim.isEmpty =>
      Some(s"${Settings.prefix}$key has '$name' in the place of the name of a $kind: put one there")
    case named(kind, name) if name.trim != name =>
      Some(s"${Settings.prefix}$key names the $kind '$name', with blanks around it: remove these")
    case starred(kind, name, what) if name != EveryName || what != common =>
      val start = s"${Settings.prefix}$kind."
      Some(s"${Settings.prefix}$key has a * in it, which only $start$EveryName.$common may have, " +
        s"for every $kind that has no $start<name>.$common: put the name of a $kind instead of " +
        s"'$name'")
    case _ => None
  }

  /** Their values by the name.
   *
   * @param settings by their keys without what all of Neptune's begin with
   * @param kind what is before the name: "pool"
   * @param what what is behind it: "priority"
   */
  def of(settings: Map[String, String], kind: String, what: String): Map[String, String] =
    settings.collect {
      case (key, value) if key.startsWith(s"$kind.") && key.endsWith(s".$what") &&
          key.length > kind.length + what.length + 2 =>
        key.stripPrefix(s"$kind.").stripSuffix(s".$what") -> value
    }
}
