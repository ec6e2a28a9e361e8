package org.apache.spark.sql.neptune

import java.lang.reflect.Field
import java.util.UUID

import scala.jdk.CollectionConverters._

import org.apache.spark.neptune.compat.Reflected
import org.apache.spark.sql.catalyst.CurrentUserContext
import org.apache.spark.sql.catalyst.plans.logical.{Command, LogicalPlan}
import org.apache.spark.sql.execution.{LogicalRDD, QueryExecution, SQLExecution}
import org.apache.spark.sql.execution.adaptive.AdaptiveSparkPlanExec

/** What we must know of SQL executions (Spark 4.x) that only Spark's SQL package may see. */
object SqlExecutions {
  /** The local property that each job of an execution has. */
  val Id: String = SQLExecution.EXECUTION_ID_KEY

  /** The same of the execution that has begun it, if that is another one. */
  val RootId: String = SQLExecution.EXECUTION_ROOT_ID_KEY

  /** The thread of the streaming query in whose session the execution runs, or whose batch it
   *  reads, if it does so.
   *
   * Each query has a session of its own, which its last plan has (StreamExecution.lastExecution,
   * Spark 3.5 and 4.x), and the DataFrames of foreachBatch, too, whichever thread uses them. A
   * Connect server has those run in the client's session, up to Spark 4.2, but the batch itself
   * keeps its own. Until its first plan is made, only what its own thread runs is known to be its.
   */
  def streamOf(executionId: Long): Option[Thread] = of(executionId).flatMap { query =>
    val session = query.sparkSession
    lazy val ofData = sessionsOfData(query.analyzed)
    session.sharedState.activeStreamingQueries.values.asScala
      .find(stream => Option(stream.lastExecution).map(_.sparkSession).exists(own =>
        own.sessionUUID == session.sessionUUID || ofData.exists(_ eq own)))
      .map(_.queryExecutionThread)
  }

  private def sessionsOfData(plan: LogicalPlan): Seq[AnyRef] = plan.collect {
    case data: LogicalRDD => Seq(sessionOfData.get(data))
    case command: Command =>
      command.innerChildren.collect { case inner: LogicalPlan => inner }.flatMap(sessionsOfData)
  }.flatten

  /** For how many seconds the execution waits for a broadcast; one that is adaptive takes its time.
   */
  def broadcastTimeoutS(executionId: Long): Option[Long] =
    of(executionId)
      .filterNot(_.executedPlan.exists(_.isInstanceOf[AdaptiveSparkPlanExec]))
      .map(_.sparkSession.sessionState.conf.broadcastTimeout)

  /** Whether the execution reads nothing but what functions of ours tell. */
  def readsDriverOnly(executionId: Long): Boolean =
    of(executionId).exists(query => DriverRelation.isAll(query.analyzed))

  /** The ids of the active streaming queries with this name, whichever session runs them. */
  def streamsNamed(name: String): Seq[String] =
    activeStreams.values.asScala.toList.filter(_.name == name).map(_.id.toString)

  /** Whether a streaming query with this id runs, or is about to, in whichever session. */
  def isActiveStream(id: UUID): Boolean =
    activeStreams.containsKey(id)

  /** The name of the streaming query with this id, if it is active and has one. */
  def nameOfStream(id: UUID): Option[String] =
    Option(activeStreams.get(id)).flatMap(query => Option(query.name))

  // Without its type: the package of StreamExecution is another one since Spark 4.1.
  private def activeStreams = Sessions.active.sharedState.activeStreamingQueries

  def isRunning(executionId: Long): Boolean = of(executionId).isDefined

  /** The user whom the Thrift server runs this thread for (CurrentUserContext, Spark 3.5 to 4.3).
   */
  def userOfThread: Option[String] = Option(CurrentUserContext.CURRENT_USER.get())

  private lazy val sessionOfData: Field = Reflected.field(classOf[LogicalRDD], "session")

  private def of(executionId: Long): Option[QueryExecution] =
    Option(SQLExecution.getQueryExecution(executionId))
}
