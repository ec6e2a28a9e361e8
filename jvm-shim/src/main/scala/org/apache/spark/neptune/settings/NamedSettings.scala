package org.apache.spark.neptune.settings

/** Settings of which there may be several, each with a name in its key. */
private[settings] object NamedSettings {
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
