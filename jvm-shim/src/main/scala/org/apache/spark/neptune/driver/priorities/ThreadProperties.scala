package org.apache.spark.neptune.driver.priorities

import java.lang.ref.Reference
import java.lang.reflect.Field
import java.util.Properties

import scala.util.control.NonFatal

import org.apache.spark.internal.Logging
import org.apache.spark.neptune.compat.Reflected.opened

/** The local properties of another thread than one's own: those themselves, which may change.
 *
 * Leans on private fields of Thread (JDK 8 to 25), which Spark opens for its own use
 * (JavaModuleOptions, Spark 3.5 and 4.x). It only reads. Without them no thread's properties are
 * known.
 *
 * THREADING: safe for all callers. What a thread changes meanwhile may be seen, or not.
 *
 * @param local SparkContext's local properties
 */
private[driver] final class ThreadProperties(local: ThreadLocal[Properties]) extends Logging {
  import ThreadProperties._

  @volatile private var mayLook = true

  def of(thread: Thread): Option[Properties] =
    if (!mayLook) None
    else {
      try look(thread)
      catch {
        case NonFatal(e) =>
          mayLook = false
          logWarning("Neptune: can't read the priority of waiting threads, so that what they " +
            "wait for keeps its own; start the driver's JVM with " +
            "--add-opens=java.base/java.lang=ALL-UNNAMED, as Spark does", e)
          None
      }
    }

  private def look(thread: Thread): Option[Properties] = for {
    map <- Option(fields.map.get(thread))
    entries <- Option(fields.table.get(map).asInstanceOf[Array[AnyRef]])
    entry <- entries.find {
      case reference: Reference[_] => reference.get().asInstanceOf[AnyRef] eq local
      case _ => false
    }
    properties <- Option(fields.value.get(entry))
  } yield properties.asInstanceOf[Properties]
}

private object ThreadProperties {
  private lazy val fields: Fields = {
    val map = opened(classOf[Thread], "inheritableThreadLocals")
    val table = opened(map.getType, "table")
    Fields(map, table, opened(table.getType.getComponentType, "value"))
  }

  private final case class Fields(map: Field, table: Field, value: Field)
}
