package org.apache.spark.neptune.driver.sharing

import java.util.concurrent.{ConcurrentHashMap, ConcurrentLinkedQueue, TimeUnit}

import scala.collection.mutable

import neptune.core.{Account, Nanocores, TaskEntry}
import neptune.order.StreamCores
import neptune.time.Clock

import org.apache.spark.neptune.driver.priorities.{JobTargets, PriorityPool, TargetedBatch}
import org.apache.spark.scheduler.{TaskSet, TaskSetManager}

/** The streaming queries that have a latency target, and what it leaves to each.
 *
 * What tasks take is seen here, task by task. How long a batch took in all, only the query's own
 * progress tells (`triggerExecution`): the scheduler sees neither that it looked for new data, nor
 * that it planned, nor that it wrote its logs. Listeners are told of that some time after the
 * batch, and after its last task, which has been seen by then.
 *
 * THREADING: under the scheduler's lock, but for `batchEnded` and `terminated`, which never wait
 * for that: a listener's thread calls them.
 *
 * @param tell says why a query of a level has another number of cores from now on
 * @param reviveOffers asks for a round of offers
 */
private[driver] final class Targets(
    jobs: JobTargets, tell: (Int, String) => Unit, reviveOffers: () => Unit, clock: Clock) {
  import Targets._

  /** By the query's id, those that were seen last at the end. */
  private val streams = mutable.LinkedHashMap.empty[String, StreamAllowance]
  private val byAccount = mutable.HashMap.empty[Account, StreamAllowance]
  /** The ids of these, for listeners. */
  private val known = ConcurrentHashMap.newKeySet[String]()
  private val news = new ConcurrentLinkedQueue[News]

  /** Whether a set's tasks are of a query that has a target; or what is wrong with that. */
  def isFor(taskSet: TaskSet): Either[String, Boolean] =
    jobs.of(taskSet.properties).map(_.isDefined)

  /** What the target leaves to a set's tasks, if they have one. The set may be asked for again. */
  def of(manager: TaskSetManager): Option[StreamAllowance] =
    jobs.of(manager.taskSet.properties).toOption.flatten.map { batch =>
      val stream = streamOf(batch)
      stream.priority = PriorityPool.priorityOf(manager)
      stream.cores.submitted(
        batch.batchId, manager.stageId, manager.taskSet.stageAttemptId,
        manager.taskSet.tasks.length, clock.nanoTime())
      stream
    }

  private def streamOf(batch: TargetedBatch): StreamAllowance = {
    val former = streams.remove(batch.queryId)
    val stream = former.filter(_.cores.targetNs == batch.targetNs)
      .getOrElse(new StreamAllowance(batch.name, new StreamCores(batch.targetNs)))
    former.filterNot(_ eq stream).foreach(byAccount -= _.account)
    streams(batch.queryId) = stream
    byAccount(stream.account) = stream
    known.add(batch.queryId)
    // That a query has ended may never be told.
    if (streams.size > streamsAtMost) forget(streams.head._1)
    stream
  }

  private def forget(queryId: String): Unit = {
    known.remove(queryId)
    streams.remove(queryId).foreach(byAccount -= _.account)
  }

  def beginRound(totalNanocores: Long): Unit = {
    Iterator.continually(news.poll()).takeWhile(_ != null).foreach {
      case BatchEnded(queryId, batchId, tookMs) => streams.get(queryId).foreach { stream =>
        val most = math.max(1L, totalNanocores / Nanocores.PerCore).toInt
        stream.cores.batchEnded(batchId, TimeUnit.MILLISECONDS.toNanos(tookMs), most)
          .foreach(why => tell(stream.priority, s"${stream.limiter.name}: $why"))
      }
      case Terminated(queryId) => forget(queryId)
    }
    streams.valuesIterator.foreach(_.beginRound(totalNanocores))
  }

  /** A task is over.
   *
   * @param isDone whether it has done its part; else another one is to do it
   */
  def taskEnded(entry: TaskEntry, isDone: Boolean): Unit = if (byAccount.nonEmpty) {
    entry.task.accounts.iterator.flatMap(byAccount.get).foreach { stream =>
      val now = clock.nanoTime()
      val ranNs = entry.ranNs(now)
      val coreNs = (ranNs * Nanocores.toCores(entry.task.nanocores)).toLong
      stream.cores.taskEnded(entry.task.stageId, ranNs, coreNs, isDone, now)
    }
  }

  /** A query's progress tells how long a batch took. */
  def batchEnded(queryId: String, batchId: Long, tookMs: Long): Unit =
    if (known.contains(queryId)) {
      news.add(BatchEnded(queryId, batchId, tookMs))
      reviveOffers()
    }

  /** A query has ended. Started anew, it is another one to us: its code may be. */
  def terminated(queryId: String): Unit =
    if (known.contains(queryId)) news.add(Terminated(queryId))
}

private object Targets {
  private val streamsAtMost = 1000

  private sealed trait News
  private final case class BatchEnded(queryId: String, batchId: Long, tookMs: Long) extends News
  private final case class Terminated(queryId: String) extends News
}
