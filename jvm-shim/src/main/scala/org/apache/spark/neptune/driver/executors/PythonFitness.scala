package org.apache.spark.neptune.driver.executors

import org.apache.spark.SparkConf
import org.apache.spark.internal.Logging
import org.apache.spark.neptune.python.PythonCheck

/** Keeps Python tasks from executors that can't run them, and fails jobs that need Python where no
 *  executor ever could; but not for what may have been a hiccup.
 *
 * THREADING: safe for all callers.
 *
 * @param revive asks for a round of offers
 * @param someWait whether there are Python tasks that wait for a core
 * @param abort fails all task sets that need Python, for a reason
 */
private[driver] final class PythonFitness(
    agents: Agents, conf: SparkConf, revive: () => Unit, someWait: () => Boolean,
    abort: String => Unit)
  extends Logging {

  /** Whether perhaps nobody needs Python. */
  private val isPresumed = PythonCheck.interpreterOf(conf).isPresumed

  /** That tasks wait was said, and some wait since. */
  @volatile private var toldThatSomeWait = false

  /** An executor has found out whether it can run Python tasks, which it is given only if so.
   *
   *  @param problem in one sentence; empty: there is none
   *  @param sure it was found again and again
   */
  def checked(executorId: String, problem: String, sure: Boolean): Unit =
    agents.get(executorId).foreach { agent =>
      val executor = s"Executor $executorId on ${agent.host}"
      val wasUnfit = agents.isUnfitForPython(executorId)
      agents.checked(executorId, if (problem.isEmpty) "" else s"$executor: $problem", sure)
      if (problem.isEmpty && wasUnfit) {
        logInfo(s"Neptune: $executor can run Python tasks now")
        revive()
      } else if (problem.nonEmpty && !wasUnfit) {
        val sentence =
          s"Neptune: $executor gets no Python tasks until it can run them: $problem"
        if (isPresumed) logInfo(sentence) else logWarning(sentence)
      }
      if (sure) agents.refusal.foreach(abort)
      if (sure) tellWhoWaits(problem)
    }

  /** Jobs for which there were fit executors once wait for others, as for any executors. */
  private def tellWhoWaits(problem: String): Unit = {
    val wait = problem.nonEmpty && agents.all.keys.forall(agents.isUnfitForPython) && someWait()
    if (wait && !toldThatSomeWait) {
      logWarning("Neptune: Python tasks wait for an executor that can run them; none of the " +
        s"${agents.all.size} that there are can: $problem")
    }
    toldThatSomeWait = wait
  }
}
