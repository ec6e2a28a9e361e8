package org.apache.spark.neptune.driver.scheduler

import com.fasterxml.jackson.databind.ObjectMapper
import com.fasterxml.jackson.module.scala.DefaultScalaModule
import neptune.core.{Nanocores, CoreLedger, MemoryFigures, SuspendedFor, TaskEntry}
import neptune.time.Clock

import org.apache.spark.SparkException
import org.apache.spark.metrics.ExecutorMetricType
import org.apache.spark.neptune.driver.executors.Agents
import org.apache.spark.neptune.driver.policies.{PolicyHost, PythonDecider}
import org.apache.spark.neptune.driver.preemption.Suspension
import org.apache.spark.neptune.driver.priorities.{LimitChanges, Reprioritization}
import org.apache.spark.neptune.driver.report.{Chronicle, DecisionRecord, Statistics}
import org.apache.spark.neptune.driver.sharing.Shares
import org.apache.spark.neptune.rpc.{ExecutorFigures, WorkerFigures}
import org.apache.spark.scheduler.neptune.TaskSets

/** What an application may see and do at run time. Called over py4j from any thread.
 *
 * Answers are JSON, so that the Python side needs no Scala collections.
 */
private[neptune] final class SchedulerView(
    scheduler: NeptuneTaskScheduler,
    ledger: CoreLedger,
    suspension: Suspension,
    figures: Statistics,
    agents: Agents,
    policies: PolicyHost,
    reprioritization: Reprioritization,
    limits: LimitChanges,
    standing: Standing,
    chronicle: Chronicle,
    shares: Shares,
    clock: Clock) {
  import SchedulerView.mapper

  def policy(): String = scheduler.synchronized(policies.name)

  /** Whether a policy written in Python is in force that is not registered yet. */
  def isPolicyAwaited(): Boolean = scheduler.synchronized(policies.isAwaited)

  /** Puts a policy in force: one of ours, or a class of the user's.
   *
   * @throws IllegalArgumentException for a name that is not accepted, or can't be loaded
   */
  def setPolicy(name: String): Unit = changePolicy(name, None)

  /** Puts a policy in force that is written in Python.
   *
   * @throws IllegalArgumentException for a name that is not accepted
   */
  def setPolicy(name: String, decider: PythonDecider): Unit = changePolicy(name, Some(decider))

  private def changePolicy(name: String, python: Option[PythonDecider]): Unit =
    try {
      val made = policies.make(name, python)
      scheduler.synchronized(policies.change(name, made))
    } catch {
      case e: SparkException => throw new IllegalArgumentException(e.getMessage, e.getCause)
    }

  /** The last decisions that tell something, the newest first. */
  def decisions(n: Int): String = mapper.writeValueAsString(decisionRows(n))

  /** The live tasks, in order of launch. */
  def tasks(): String = mapper.writeValueAsString(taskRows)

  /** The executors of which offers have come. */
  def executors(): String = mapper.writeValueAsString(executorRows)

  /** Who shares the cores of which level, and what they hold, are due and have used. */
  def shares(): String = mapper.writeValueAsString(shareRows)

  def statistics(): String = mapper.writeValueAsString(statisticsRow)

  private[neptune] def decisionRows(n: Int): Seq[Map[String, Any]] =
    scheduler.synchronized(policies.decisions(n)).map(describe(_))

  private[neptune] def taskRows: Seq[Map[String, Any]] = scheduler.synchronized {
    val now = clock.nanoTime()
    ledger.tasks.flatMap(describe(_, now)).toList
  }

  private[neptune] def executorRows: Seq[Map[String, Any]] =
    scheduler.synchronized(ledger.executorIds.sorted.map(describe))

  private[neptune] def shareRows: Seq[Map[String, Any]] =
    scheduler.synchronized(shares.rows(clock.nanoTime()))

  private[neptune] def statisticsRow: Map[String, Any] = scheduler.synchronized(figures.report)

  /** How things stand, for the UI, which shows a part of the suspended tasks. */
  def standing(page: Int, pageSize: Int): Map[String, Any] = scheduler.synchronized {
    val now = clock.nanoTime()
    val statistics = figures.report
    val (waiting, leftOut) = standing.waiting(now)
    Map(
      "policy" -> policies.name,
      "statistics" -> statistics,
      "levels" -> statistics("levels"),
      "suspended" -> Map[String, Any](
        "total" -> ledger.suspendedCount, "page" -> page, "page_size" -> pageSize,
        "rows" -> standing.suspended((page - 1).toLong * pageSize, pageSize, now)(
          describe(_, now))),
      "waiting" -> waiting,
      "waiting_left_out" -> leftOut)
  }

  /** Writes into the event log now what it would in a second. */
  def tellEventLog(): Unit = chronicle.tell()

  /** Suspends a task until it is resumed manually, or killed.
   *
   * @throws IllegalArgumentException for a task that is not live, or can't be suspended
   */
  def suspend(taskId: Long): Unit = scheduler.synchronized {
    if (!suspension.canSuspend(live(taskId))) {
      throw new IllegalArgumentException(
        s"Task $taskId can't be suspended: it belongs to a barrier stage or to a real-time " +
          "query, or its executor has no Neptune agent, or is being decommissioned.")
    }
    suspension.suspend(taskId, SuspendedFor.Manual)
  }

  /** Takes a manual suspension back; the task resumes when its core is free.
   *
   * @throws IllegalArgumentException for a task that is not live
   */
  def resume(taskId: Long): Unit = {
    scheduler.synchronized {
      live(taskId)
      suspension.releaseManual(taskId)
    }
    scheduler.backend.reviveOffers()
  }

  /** Gives jobs another priority, the live ones at once; or takes it back.
   *
   * @param kind what is named: job, query, tag or group
   * @param priority empty to take it back
   * @return how many live jobs it is about
   * @throws IllegalArgumentException for a job or a query that never was
   */
  def setPriority(kind: String, name: String, priority: String): Int =
    setPriority(kind, name, priority, None)

  /** The same for the jobs of one user only.
   *
   * @throws IllegalArgumentException also if all such jobs that are live are others'
   */
  private[neptune] def setPriority(
      kind: String, name: String, priority: String, owner: Option[String]): Int =
    reprioritization.set(kind, name, priority, owner)

  /** Gives others limits, which hold at once: what is over them is suspended.
   *
   * @param kind what is named: job, pool, user or rule
   * @param maxCores as in a setting; empty: as configured
   * @param maxTasks likewise
   * @return how many live jobs it is about
   * @throws IllegalArgumentException for what is no limit, and what there is not
   */
  def setLimit(kind: String, name: String, maxCores: String, maxTasks: String): Int =
    setLimit(kind, name, maxCores, maxTasks, None)

  /** The same for the jobs of one user only. */
  private[neptune] def setLimit(
      kind: String, name: String, maxCores: String, maxTasks: String,
      owner: Option[String]): Int =
    limits.set(kind, name, maxCores, maxTasks, owner)

  /** The user whose job a live task belongs to, if a server knows users.
   *
   * @throws IllegalArgumentException for a task that is not live
   */
  private[neptune] def ownerOf(taskId: Long): Option[String] = scheduler.synchronized {
    live(taskId)
    TaskSets.find(scheduler, taskId)
      .flatMap { case (manager, _) => reprioritization.ownerOf(manager.taskSet.properties) }
  }

  private[driver] def suspendAll(): Unit = scheduler.synchronized {
    ledger.tasks.foreach(e => suspension.suspend(e.task.taskId, SuspendedFor.Manual))
  }

  private[driver] def resumeAll(): Unit = {
    scheduler.synchronized(ledger.tasks.foreach(e => suspension.releaseManual(e.task.taskId)))
    scheduler.backend.reviveOffers()
  }

  private def live(taskId: Long): TaskEntry = ledger.get(taskId).getOrElse(
    throw new IllegalArgumentException(
      s"Task $taskId is not live: it has ended, or there never was one with this id."))

  private def describe(decision: DecisionRecord): Map[String, Any] = Map(
    "time" -> decision.timeMs / 1e3,
    "policy" -> decision.policy,
    "priority" -> decision.priority,
    "pending_tasks" -> decision.pendingTasks,
    "stage_ids" -> decision.stageIds,
    "victims" -> decision.victims.map(victim => Map[String, Any](
      "task_id" -> victim.taskId,
      "executor_id" -> victim.executorId,
      "reason" -> victim.reason)),
    "placements" -> decision.placements.map(placement => Map[String, Any](
      "group" -> placement.group,
      "executor_id" -> placement.executorId,
      "count" -> placement.count)),
    "fallback" -> decision.fallback,
    "target" -> decision.target)

  private def describe(executorId: String): Map[String, Any] = {
    val agent = agents.get(executorId)
    val tasks = ledger.tasksOn(executorId)
    Map(
      "executor_id" -> executorId,
      "host" -> agent.map(_.host).orNull,
      "cores" -> Nanocores.toCores(ledger.totalNanocores(executorId)),
      "tasks_running" -> tasks.count(_.holdsCore),
      "tasks_suspended" -> tasks.count(!_.holdsCore),
      "suspendable" -> agent.isDefined,
      "memory" -> (for (known <- agent; figures <- known.figures; memory <- known.memory)
        yield describe(figures, memory)).orNull,
      "python_workers" -> agent.fold(Seq.empty[WorkerFigures])(_.workers).map(worker => Map(
        "pid" -> worker.pid,
        "task_id" -> worker.taskId.fold[Any](null)(identity),
        "rss_bytes" -> worker.rssBytes,
        "cpu_s" -> worker.cpuMs / 1e3,
        "processes" -> worker.processes)))
  }

  private def describe(figures: ExecutorFigures, memory: MemoryFigures): Map[String, Any] = Map(
    "heap_share" -> memory.heapShare,
    "gc_share" -> memory.gcShare,
    "spill_bytes_per_s" -> memory.spillBytesPerSecond,
    "python_bytes" -> memory.pythonBytes,
    "suspended_bytes" -> memory.suspendedBytes,
    "held_bytes" -> memory.heldBytes,
    "managed_bytes" -> memory.managedBytes,
    "metrics" -> ExecutorMetricType.metricToOffset.iterator.collect {
      case (name, offset) if figures.metrics.isDefinedAt(offset) => name -> figures.metrics(offset)
    }.toMap)

  private def describe(entry: TaskEntry, nowNs: Long): Option[Map[String, Any]] =
    TaskSets.find(scheduler, entry.task.taskId).map { case (manager, info) =>
      Map(
        "task_id" -> entry.task.taskId,
        "stage_id" -> manager.stageId,
        "stage_attempt" -> manager.taskSet.stageAttemptId,
        "job_id" -> manager.taskSet.tasks.head.jobId.orNull,
        "partition" -> info.partitionId,
        "executor_id" -> entry.task.executorId,
        "priority" -> entry.task.priority,
        "state" -> entry.state.name,
        "times_suspended" -> entry.timesSuspended,
        "suspended_s" -> entry.totalSuspendedNs(nowNs) / 1e9,
        "bound_used" -> suspension.boundUsed(entry),
        "work_kept_core_s" -> entry.keptNs / 1e9 * Nanocores.toCores(entry.task.nanocores),
        "suspendable" -> suspension.canSuspend(entry),
        "manual" -> entry.isManual)
    }
}

private[driver] object SchedulerView {
  private val mapper = new ObjectMapper().registerModule(DefaultScalaModule)
}
