package neptune.protocol

import scala.collection.mutable

/** What executors were asked and have not answered: a message may be lost, and an executor silent.
 *
 * A request is sent again, word for word, until it is answered, replaced by a newer one for the
 * same task, or the task is over; its number tells the executor that it is the same.
 *
 * Invariant: `requests` is in the order in which they were last sent, hence in which they are due.
 *
 * THREADING: not thread-safe; the scheduler calls it under its own lock. No clock of its own.
 *
 * @param againNs how long an executor may take to answer
 */
final class Requests[M](againNs: Long) {
  import Requests.Request

  private val requests = mutable.LinkedHashMap.empty[Long, Request[M]]
  /** How many requests of each executor are late; no zero entries. */
  private val lateOn = mutable.HashMap.empty[String, Int]

  /** A request was sent.
   *
   * @param isUrgent whether the executor is silent if it doesn't answer in time
   */
  def sent(
      taskId: Long, executorId: String, message: M, isUrgent: Boolean, nowNs: Long): Unit = {
    settled(taskId)
    requests(taskId) = new Request(taskId, executorId, message, isUrgent, nowNs, isLate = false)
  }

  /** The task's last request is answered, or will not be. */
  def settled(taskId: Long): Unit =
    requests.remove(taskId).filter(_.isLate).foreach(r => countLate(r.executorId, -1))

  /** The requests that are to be sent again now. */
  def due(nowNs: Long): Seq[Request[M]] = {
    val now = requests.valuesIterator.takeWhile(r => nowNs - r.sentNs >= againNs).toList
    now.foreach { request =>
      requests.remove(request.taskId)
      requests(request.taskId) = request.again(nowNs)
      if (request.isUrgent && !request.isLate) countLate(request.executorId, 1)
    }
    now
  }

  /** In how many nanoseconds the next one is due, if any is unanswered. */
  def dueInNs(nowNs: Long): Option[Long] =
    requests.valuesIterator.nextOption().map(r => againNs - (nowNs - r.sentNs))

  /** Whether the executor owes an urgent answer. */
  def isSilent(executorId: String): Boolean = lateOn.contains(executorId)

  private def countLate(executorId: String, more: Int): Unit =
    lateOn.updateWith(executorId)(count => Some(count.getOrElse(0) + more).filter(_ > 0))
}

object Requests {
  /** @param isLate whether it is urgent, and has been sent more than once */
  final class Request[M] private[protocol] (
      val taskId: Long, val executorId: String, val message: M,
      private[protocol] val isUrgent: Boolean, private[protocol] val sentNs: Long, val isLate: Boolean) {
    private[protocol] def again(nowNs: Long): Request[M] =
      new Request(taskId, executorId, message, isUrgent, nowNs, isLate = isUrgent)
  }
}
