package neptune.core

import scala.collection.mutable

/** The priority of each stage: the highest of the live jobs that wait for it.
 *
 * Spark runs a stage that several jobs need once, for the job that came first; the others wait.
 *
 * Invariant: `jobsOf` has exactly the stages of the live jobs, and is without empty entries.
 *
 * THREADING: not thread-safe; the caller guards it. No clock of its own.
 */
final class StageLevels {
  import StageLevels.Job

  private val jobs = mutable.HashMap.empty[Int, Job]
  private val jobsOf = mutable.HashMap.empty[Int, mutable.HashSet[Int]]

  /** A job of this priority waits for these stages, and for those that it was said to before.
   *
   * @return whether a stage that others wait for, too, has another priority now
   */
  def waits(jobId: Int, priority: Int, stageIds: Iterable[Int]): Boolean = {
    val known = jobs.getOrElse(jobId, Job(priority, Int.MinValue, Set.empty))
    changes(stageIds ++ known.stageIds) {
      jobs(jobId) = known.copy(own = priority, stageIds = known.stageIds ++ stageIds)
      stageIds.foreach(jobsOf.getOrElseUpdate(_, mutable.HashSet.empty) += jobId)
    }
  }

  /** A live job has this priority of its own from now on.
   *
   * @return whether a stage has another priority now
   */
  def reprioritized(jobId: Int, priority: Int): Boolean = jobs.get(jobId).exists { job =>
    changes(job.stageIds)(jobs(jobId) = job.copy(own = priority))
  }

  /** Somebody of this priority waits for a live job, for as long as that lives.
   *
   * @return whether a stage has another priority now
   */
  def raise(jobId: Int, priority: Int): Boolean = jobs.get(jobId).exists { job =>
    changes(job.stageIds) {
      jobs(jobId) = job.copy(lent = math.max(job.lent, priority))
    }
  }

  /** The job is over, or was never known.
   *
   * @return whether a stage that others still wait for has another priority now
   */
  def ended(jobId: Int): Boolean = jobs.get(jobId).exists { job =>
    changes(job.stageIds) {
      jobs.remove(jobId)
      for (stage <- job.stageIds; waiting <- jobsOf.get(stage)) {
        waiting -= jobId
        if (waiting.isEmpty) jobsOf.remove(stage)
      }
    }
  }

  /** The stage's priority, while a live job waits for it. */
  def of(stageId: Int): Option[Int] =
    jobsOf.get(stageId).flatMap(_.iterator.map(jobs(_).level).reduceOption(_ max _))

  /** The stages that the job waits for, as far as it was said. */
  def stagesOf(jobId: Int): Set[Int] = jobs.get(jobId).fold(Set.empty[Int])(_.stageIds)

  /** The job's priority, while it lives. */
  def ofJob(jobId: Int): Option[Int] = jobs.get(jobId).map(_.level)

  /** The lowest and the highest priority of the live jobs, if there are any. */
  def range: Option[(Int, Int)] =
    if (jobs.isEmpty) None
    else Some(jobs.valuesIterator.map(_.level).foldLeft((Int.MaxValue, Int.MinValue)) {
      case ((low, high), level) => (math.min(low, level), math.max(high, level))
    })

  def liveJobs: Iterable[Int] = jobs.keysIterator.toList
  def isEmpty: Boolean = jobs.isEmpty && jobsOf.isEmpty

  private def changes(stageIds: Iterable[Int])(act: => Unit): Boolean = {
    val before = stageIds.iterator.flatMap(stage => of(stage).map(stage -> _)).toMap
    act
    before.exists { case (stage, level) => of(stage).exists(_ != level) }
  }
}

private object StageLevels {
  /** @param own the priority that it was submitted with
   * @param lent that of who waits for it
   */
  private final case class Job(own: Int, lent: Int, stageIds: Set[Int]) {
    def level: Int = math.max(own, lent)
  }
}
