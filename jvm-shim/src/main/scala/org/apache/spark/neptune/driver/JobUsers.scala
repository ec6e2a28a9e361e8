package org.apache.spark.neptune.driver

import java.util.{Collections, LinkedHashMap, Map => JMap, Properties}

import org.apache.spark.SparkContext
import org.apache.spark.scheduler.SparkListenerEvent

/** Whose a job is, on a server with several users.
 *
 * A Connect server says it in a tag of the job. A Thrift server gives a job the id of its statement
 * as its group, and tells in an event whose statement that is: shortly after the job's first tasks
 * were submitted, it may be.
 *
 * THREADING: safe for all callers.
 */
private[driver] final class JobUsers {
  import JobUsers._

  private val ofStatements: JMap[String, String] = Collections.synchronizedMap(
    new LinkedHashMap[String, String] {
      // The event of a statement that is closed may be lost.
      override def removeEldestEntry(eldest: JMap.Entry[String, String]): Boolean =
        size > mostStatements
    })

  /** None for the jobs of an application that has no users but its own. */
  def of(properties: Properties): Option[String] =
    JobTags.userOf(properties).orElse(
      Option(properties).flatMap(p => Option(p.getProperty(SparkContext.SPARK_JOB_GROUP_ID)))
        .flatMap(group => Option(ofStatements.get(group))))

  /** Takes note of what a Thrift server tells; any other event is none of its. */
  def note(event: SparkListenerEvent): Unit = event match {
    case Statement(id, user) => ofStatements.put(id, user)
    case ClosedStatement(id) => ofStatements.remove(id)
    case _ => ()
  }
}

private object JobUsers {
  private val mostStatements = 10000

  // Case classes for its own package alone, in a module that Spark may have been built without: by
  // what they are called and made of (HiveThriftServer2EventManager, Spark 3.5 to 4.3).
  private val events = "org.apache.spark.sql.hive.thriftserver.ui.SparkListenerThriftServer"

  private object Statement {
    /** The group of its jobs, and its user's name. */
    def unapply(event: SparkListenerEvent): Option[(String, String)] = event match {
      case start: Product if start.getClass.getName == s"${events}OperationStart" =>
        start.productIterator.toList match {
          case List(_, _, _, group: String, _, user: String) => Some(group -> user)
          case _ => None
        }
      case _ => None
    }
  }

  private object ClosedStatement {
    def unapply(event: SparkListenerEvent): Option[String] = event match {
      case closed: Product if closed.getClass.getName == s"${events}OperationClosed" =>
        Some(closed.productElement(0).toString)
      case _ => None
    }
  }
}
