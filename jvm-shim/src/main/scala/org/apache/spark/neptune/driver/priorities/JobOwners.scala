package org.apache.spark.neptune.driver.priorities

import java.util.{Collections, LinkedHashMap, Map => JMap, Properties}

import org.apache.spark.scheduler.SparkListenerEvent

/** Whose a job is, on a server of several users: Spark Connect's, or the Thrift server.
 *
 * THREADING: safe for all callers.
 */
private[driver] final class JobOwners {
  import JobOwners._

  /** Users of the Thrift server by the job groups of their statements. */
  private val users: JMap[String, String] = Collections.synchronizedMap(
    new LinkedHashMap[String, String] {
      // The event of a statement that is closed may be lost.
      override def removeEldestEntry(eldest: JMap.Entry[String, String]): Boolean =
        size > mostStatements
    })

  /** @return None for a job that no user of a server is known to have */
  def of(properties: Properties): Option[String] =
    JobTags.userOf(properties).orElse(
      JobProperties.valueOf(properties, PriorityOverrides.GroupId)
        .flatMap(group => Option(users.get(group))))

  /** A server runs a statement for a user, on the thread that has these properties: the first news
   *  of that. What listeners are told is of the statement itself, and stays.
   */
  def runsFor(user: String, properties: Properties): Unit =
    JobProperties.valueOf(properties, PriorityOverrides.GroupId)
      .foreach(group => users.putIfAbsent(group, user))

  /** Something that Spark's listeners are told of: before the jobs of the statement begin, but
   *  its first tasks may have been submitted by then. */
  def told(event: SparkListenerEvent): Unit = event match {
    case begun: Product if begun.productPrefix == statementBegun =>
      users.put(
        begun.productElement(groupOfBegun).toString, begun.productElement(userOfBegun).toString)
    case closed: Product if closed.productPrefix == statementClosed =>
      users.remove(closed.productElement(idOfClosed).toString)
    case _ => ()
  }
}

private[neptune] object JobOwners {
  /** Whose something is, in words; None: no user's. */
  def genitive(owner: Option[String]): String = owner.fold("the application's own")(_ + "'s")

  private val mostStatements = 10000

  /** The Thrift server is a jar that a Spark may lack: its events are known by their names, and
   *  what they say by its place (HiveThriftServer2EventManager, Spark 3.5 to 4.3). */
  private val statementBegun = "SparkListenerThriftServerOperationStart"
  private val groupOfBegun = 3
  private val userOfBegun = 5
  /** A statement's id is the group of its jobs. */
  private val statementClosed = "SparkListenerThriftServerOperationClosed"
  private val idOfClosed = 0
}
