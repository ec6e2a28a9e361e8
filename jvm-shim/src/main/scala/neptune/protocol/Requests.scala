package neptune.protocol

import scala.collection.mutable

import neptune.core.Counts
import neptune.life.{RequestEvent, RequestLife, RequestState}

/** What executors were asked and have not answered: a message may be lost, and an executor silent.
 *
 * A request is sent again, word for word, until it is answered, replaced by a newer one for the
 * same task, or the task is over; its number tells the executor that it is the same.
 *
 * Invariant: `requests` has what is not settled, in the order in which it was last sent, hence in
 * which it is due.
 *
 * THREADING: not thread-safe; the scheduler calls it under its own lock. No clock of its own.
 *
 * @param againNs how long an executor may take to answer
 */
final class Requests[M](againNs: Long) {
  import Requests.Request

  private val requests = mutable.LinkedHashMap.empty[Long, Request[M]]
  /** How many urgent requests of each executor are late. */
  private val lateOn = new Counts[String]

  /** A request was sent.
   *
   * @param isUrgent whether the executor is silent if it doesn't answer in time
   */
  def sent(
      taskId: Long, executorId: String, message: M, isUrgent: Boolean, nowNs: Long): Unit = {
    val next = move(taskId, RequestEvent.Asked)
    requests(taskId) = new Request(taskId, executorId, message, isUrgent, nowNs, next)
  }

  /** The task's last request is answered, or will not be. */
  def settled(taskId: Long): Unit = move(taskId, RequestEvent.Answered)

  /** The requests that are to be sent again now. */
  def due(nowNs: Long): Seq[Request[M]] = {
    val now = requests.valuesIterator.takeWhile(r => nowNs - r.sentNs >= againNs).toList
    now.foreach { request =>
      val again = request.sentAgain(nowNs, move(request.taskId, RequestEvent.Due))
      requests(request.taskId) = again
      if (again.isSilence) lateOn.add(request.executorId, 1)
    }
    now
  }

  /** In how many nanoseconds the next one is due, if any is not settled. */
  def dueInNs(nowNs: Long): Option[Long] =
    requests.values.headOption.map(r => againNs - (nowNs - r.sentNs))

  /** Whether the executor owes an urgent answer. */
  def isSilent(executorId: String): Boolean = lateOn.contains(executorId)

  def isEmpty: Boolean = requests.isEmpty && lateOn.isEmpty

  /** Takes the task's last request out.
   *
   * @return the state that follows
   */
  private def move(taskId: Long, event: RequestEvent): RequestState = {
    val last = requests.remove(taskId)
    last.filter(_.isSilence).foreach(request => lateOn.add(request.executorId, -1))
    RequestLife.next(last.fold[RequestState](RequestState.Settled)(_.state), event)
  }
}

object Requests {
  final class Request[M] private[protocol] (
      val taskId: Long, val executorId: String, val message: M,
      isUrgent: Boolean, private[protocol] val sentNs: Long,
      private[protocol] val state: RequestState) {
    private[protocol] def sentAgain(nowNs: Long, next: RequestState): Request[M] =
      new Request(taskId, executorId, message, isUrgent, nowNs, next)
    private[protocol] def isSilence: Boolean = isUrgent && state == RequestState.Late
  }
}
