package org.apache.spark.neptune.settings

import java.util.concurrent.atomic.AtomicBoolean
import java.util.regex.{Matcher, Pattern}

import org.apache.spark.internal.Logging

/** A rule's regular expression, which reads descriptions that anybody may write.
 *
 * DAGScheduler's thread asks, whose error ends the application, and which nobody can wait for: an
 * expression that gets too deep in a text (`(a|b)*` takes stack for each letter), or never to an
 * end (`(a+)+b`), does not match it.
 *
 * THREADING: safe for all callers.
 *
 * @param key the setting that it stands in
 */
private[settings] final class RuleExpression(key: String, val source: String) extends Logging {
  import RuleExpression._

  private val pattern = Pattern.compile(source)
  private val told = new AtomicBoolean(false)

  def findsIn(text: String): Boolean = asks(text)(_.find())

  def matches(text: String): Boolean = asks(text)(_.matches())

  private def asks(text: String)(question: Matcher => Boolean): Boolean =
    try question(pattern.matcher(new Read(text)))
    catch {
      case _: StackOverflowError | _: TooLong =>
        if (told.compareAndSet(false, true)) {
          logWarning(s"Neptune: $key can't be matched against a text of ${text.length} " +
            "characters, and counts as not matching such ones; avoid nested repetitions and " +
            "repeated alternatives.")
        }
        false
    }
}

private object RuleExpression {
  /** Takes some milliseconds; a simple expression reads each letter a few times. */
  private val readsAtMost = 2000000

  private final class TooLong extends RuntimeException(null, null, false, false)

  /** The text, until it has been read for too long. */
  private final class Read(text: String) extends CharSequence {
    private var reads = 0

    override def length: Int = text.length

    override def charAt(index: Int): Char = {
      reads += 1
      if (reads > readsAtMost) throw new TooLong
      text.charAt(index)
    }

    override def subSequence(from: Int, until: Int): CharSequence = text.substring(from, until)

    override def toString: String = text
  }
}
