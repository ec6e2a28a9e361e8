package org.apache.spark.neptune.ui

import org.apache.spark.neptune.settings.Settings

/** What the settings' page says of each. */
private[neptune] object SettingsTexts {
  /** Whether it can be set to another value while the application runs. */
  def isChangeable(key: String): Boolean = key == Settings.Policy

  def of(key: String): String = Settings.documentation(key)
}
