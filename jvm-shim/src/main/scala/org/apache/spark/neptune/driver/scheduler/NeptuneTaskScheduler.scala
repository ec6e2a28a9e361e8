package org.apache.spark.neptune.driver.scheduler

import java.nio.ByteBuffer
import java.util.Properties
import java.util.concurrent.TimeUnit
import java.util.concurrent.atomic.AtomicBoolean

import neptune.core.{CoreLedger, Decision, Rank, Snapshot, TaskEntry}
import neptune.protocol.Message
import neptune.time.{Clock, Timer}

import org.apache.spark.{SparkContext, TaskState}
import org.apache.spark.TaskState.TaskState
import org.apache.spark.neptune.compat.{PrioritizedTaskSet, SparkLine}
import org.apache.spark.neptune.driver.allocation.DynamicAllocation
import org.apache.spark.neptune.driver.chaos.{ChaosTester, Faults}
import org.apache.spark.neptune.driver.executors.{
  Agents, Eligibility, ExecutorViews, PythonFitness, StageDurations}
import org.apache.spark.neptune.driver.inversion.{BroadcastLimits, DriverGuard, DriverThreads}
import org.apache.spark.neptune.driver.policies.PolicyHost
import org.apache.spark.neptune.driver.preemption.{
  CrowdedExecutors, ExecutorPreemption, HeldTasks, PipelinedGroups, Preemption, Preemptor,
  Reordering, ResourceHolders, Suspension}
import org.apache.spark.neptune.driver.priorities.{
  JobLimits, JobPriorities, JobTargets, LimitChanges, LimitOverrides, PriorityOverrides,
  PriorityPool, Reprioritization, StagePriorities, ThreadProperties, UnknownPools}
import org.apache.spark.neptune.driver.report.{
  Chronicle, FailureLog, Levels, SchedulerMetrics, Statistics}
import org.apache.spark.neptune.driver.sharing.{
  Allowances, CoresPerTask, MostCores, Orders, Shares, Targets}
import org.apache.spark.neptune.executor.SuspendableTasks
import org.apache.spark.neptune.rpc.{Endpoints, Launch}
import org.apache.spark.neptune.settings.Settings
import org.apache.spark.neptune.time.{ClockForSpark, Instants, SystemTime, ThreadTimer}
import org.apache.spark.scheduler.{
  ExecutorDecommissionInfo, ExecutorLossReason, TaskDescription, TaskSet, TaskSetManager,
  WorkerOffer}
import org.apache.spark.scheduler.neptune.{
  MessageLimit, SpeculatingScheduler, StageJobs, TaskSets}

/** Spark's task scheduler with priorities and suspension.
 *
 * The backends know nothing of suspension: they count a suspended task's core as taken. In each
 * offer round this class adds what suspended tasks have lent, priority by priority, resumes before
 * it launches, and then has victims suspended for what is still pending.
 *
 * THREADING: `ledger` and all else here is guarded by this scheduler's lock, like the tables of
 * TaskSchedulerImpl (Spark 4.x). Messages to executors and backends are sent without waiting, so
 * that they may be sent under the lock.
 */
private[neptune] class NeptuneTaskScheduler(
    sc: SparkContext, maxTaskFailures: Int, isLocal: Boolean, clock: Clock = SystemTime,
    timer: Timer = new ThreadTimer("neptune-retry"), askedCores: Int = 0)
  extends SpeculatingScheduler(sc, maxTaskFailures, isLocal, new ClockForSpark(clock)) {

  private val settings = Settings.from(sc.conf)
  private val threads = new ThreadProperties(sc.localProperties)
  private val overrides = new PriorityOverrides
  private val priorities = new JobPriorities(settings, threads, overrides)
  private val limitOverrides = new LimitOverrides
  private val limits = new JobLimits(settings, priorities, limitOverrides)
  private val ledger = new CoreLedger
  private[driver] val agents = new Agents(settings.lmaWindowMs, clock)
  private val levels = new Levels(ledger, () => rootPool.taskSets, clock)
  private val statistics = new Statistics(ledger, levels, settings.starvationBound, clock)
  private val durations = new StageDurations(ledger)
  private val chronicle = new Chronicle(
    sc.isEventLogEnabled || sc.ui.isDefined, this, levels.now, neptune().statistics(),
    entry => shares.limitHolding(entry), event => sc.listenerBus.post(event), timer, clock)
  private val policies = new PolicyHost(
    settings, statistics, chronicle, taskId => ledger.get(taskId).flatMap(whyVictim), clock)
  private val retry = new RetryTimer(() => backend.reviveOffers(), timer, clock)
  private val suspension = new Suspension(
    ledger, agents, statistics, settings.suspendTimeoutMs, settings.starvationBound,
    settings.suspendedMemoryShare, retry.within,
    chronicle, taskId => Option(managerOf(taskId)), clock)
  private val preemptor = Preemptor.of(
    settings.preemption, this, ledger, suspension, statistics, clock)
  private val eligibility = new Eligibility(this, ledger, agents, () => sc.resourceProfileManager)
  private val holders = new ResourceHolders(ledger, eligibility, suspension.resumeHolder)
  private val views = new ExecutorViews(ledger, agents, durations, (entry, level) =>
    preemptor.mayPreempt(entry, level) && !holders.isWanted(entry.task.taskId))
  private val groups = new PipelinedGroups(() => rootPool.taskSets, settings.sharesRealTimeCores)
  private val needs = new CoresPerTask(() => sc.resourceProfileManager, sc.conf)
  private val targets = new Targets(
    new JobTargets(settings, priorities), policies.told, () => backend.reviveOffers(), clock)
  private val orders = new Orders(settings, limits)
  private val shares: Shares = new Shares(
    ledger, MostCores.of(sc.conf, askedCores, isLocal, clock), orders,
    new Allowances(limits, orders), targets, needs.nanocoresOf(_),
    groups.startsTogether, groups.sharesCores, eligibility.barredTo,
    preemption.refusedBy(_, clock.nanoTime()).nonEmpty, eligibility.slotsFor,
    new HeldTasks(preemptor, suspension, holders), retry.within, clock)
  private val refusals = new Refusals(settings, agents, shares, needs)
  private val preemption = new Preemption(
    ledger, decide, preemptor, views, eligibility, groups, shares, handOver.asked,
    TaskSets.preferredExecutors(this, hostsByRack.getOrElse(_, Nil), _),
    needs.nanocoresOf(_))
  private val standing = new Standing(
    ledger, () => rootPool.taskSets, agents, chronicle, eligibility, groups,
    preemption, preemptor, shares)
  private val onExecutors = new ExecutorPreemption(decide, preemptor)
  private val reordering = new Reordering(ledger, onExecutors, views, () => shares.rankAnew())
  private val crowded = new CrowdedExecutors(ledger, onExecutors, views, holders, retry.within)
  private val stages = new StagePriorities(
    priorities, ledger, suspension.reprioritize, chronicle.stage, () => backend.reviveOffers())
  private val broadcasts =
    new BroadcastLimits(stages.isHeldUp, stages.raise(_, Int.MaxValue), retry.within, clock)
  private val driverGuard = new DriverGuard(
    stages, new DriverThreads(priorities, threads),
    DriverGuard.everyMs(settings.rescueIntervalMs), new ThreadTimer("neptune-driver-guard"))
  private val chaos = new ChaosTester(
    settings.chaosSuspendEveryMs, new ThreadTimer("neptune-chaos"),
    () => neptune().suspendAll(), () => neptune().resumeAll())
  private[driver] val pythonFitness = new PythonFitness(
    agents, sc.conf, () => backend.reviveOffers(),
    () => synchronized(rootPool.taskSets.filter(TaskSets.usesPython).exists(TaskSets.hasPending)),
    why => synchronized(
      rootPool.getSortedTaskSetQueue.filter(TaskSets.usesPython).foreach(_.abort(why))))
  private val allocation = new DynamicAllocation(
    this, () => sc.executorAllocationManager, ledger, eligibility.profileOf,
    () => sc.resourceProfileManager, limits, sc.conf, settings.allocationWindowMs,
    new ThreadTimer("neptune-allocation"), clock)
  private val failures = new FailureLog
  private val shown = new Offers(ledger, isExecutorAlive)
  private val booking = new Booking(
    this, ledger, levels, new MessageLimit(sc.conf, isLocal), failures,
    groups.sharesCores, shares.booked, clock)
  private val unknown = new UnknownTasks(ledger, managerOf(_) != null, suspension.ended, clock)
  private val ranked = new RankedOffers(
    ledger, groups, shares, suspension, preemption, shown, booking, failures, needs.nanocoresOf(_),
    clock, offerTo)
  private val handOver: HandOver = new HandOver(
    ledger, agents, groups, shares, shown, booking, failures,
    settings.handsOver && preemptor.suspends, settings.metricsIntervalMs, needs.nanocoresOf(_),
    offerTo)
  private val offerOrder = new OfferOrder(views, policies, contested, failures, clock)
  private var executorsAreNew = false
  /** A full round has been asked for that has not begun: one is enough for many answers. */
  private val revived = new AtomicBoolean(false)

  override val rootPool: PriorityPool = new PriorityPool(schedulingMode, shares.turnOf)

  /** What the application may ask and do: reached from Python over py4j. */
  def neptune(): SchedulerView = {
    val jobs = new StageJobs(Option(dagScheduler))
    val limitChanges = new LimitChanges(
      settings, limits, limitOverrides, overrides, jobs,
      () => UnknownPools.defined(rootPool, sc.conf), () => limitsChanged())
    new SchedulerView(this, ledger, suspension, statistics, agents, policies,
      new Reprioritization(overrides, stages, jobs), limitChanges, standing, chronicle, shares,
      clock)
  }

  /** A server runs a statement for a user on the thread that has these local properties. */
  private[neptune] def runsFor(user: String, properties: Properties): Unit =
    overrides.owners.runsFor(user, properties)

  private def limitsChanged(): Unit = {
    shares.limitsChanged()
    allocation.limitsChanged()
    backend.reviveOffers()
  }

  /** What there is for Spark's metrics system. */
  private[driver] lazy val metrics: SchedulerMetrics =
    new SchedulerMetrics(statistics, ledger, agents, this, clock)

  override def start(): Unit = {
    sc.env.rpcEnv.setupEndpoint(
      Endpoints.driver, new SchedulerEndpoint(
        sc.env.rpcEnv, agents, this, Faults.of(settings.chaosFaults, sc.conf, timer)))
    val events = new JobEvents(
      priorities, overrides, stages, broadcasts, driverGuard, targets, limits,
      () => limitsChanged())
    sc.listenerBus.addToQueue(events, JobEvents.queue)
    allocation.listenBefore(sc.listenerBus)
    synchronized(chronicle.settings(settings.inForce(policies.name)))
    super.start()
    chaos.start()
  }

  override def postStartHook(): Unit = {
    allocation.listenAfter(sc.listenerBus)
    super.postStartHook()
  }

  override def stop(exitCode: Int): Unit = {
    chaos.stop()
    chronicle.stop()
    driverGuard.stop()
    retry.stop()
    allocation.stop()
    synchronized(policies.stop())
    super.stop(exitCode)
  }

  override def submitTasks(taskSet: TaskSet): Unit = {
    Instants.note(Instants.Submitted, taskSet.stageId)
    submit(taskSet)
  }

  // Under the lock: a stage whose priority changes now is either in the pool, or gets the new one.
  private def submit(taskSet: TaskSet): Unit = synchronized {
    refusals.of(taskSet, dagScheduler).toLeft(())
      .flatMap(_ => priorities.of(taskSet.priority, taskSet.properties)) match {
      case Right(own) =>
        val priority = stages.submitted(taskSet.stageId, own, new StageJobs(Option(dagScheduler)))
        val launch = new Launch(priority)
        val tasks = taskSet.tasks.map(SuspendableTasks.wrap(_, launch))
        val prioritized = new PrioritizedTaskSet(taskSet, tasks, taskSet.properties, launch)
        levels.submitted(prioritized)
        chronicle.stage(taskSet.stageId, priority)
        super.submitTasks(prioritized)
      case Left(problem) => dagScheduler.taskSetFailed(taskSet, problem, None)
    }
  }

  override def resourceOffers(
      offers: IndexedSeq[WorkerOffer],
      isAllFreeResources: Boolean): Seq[Seq[TaskDescription]] = synchronized {
    Instants.note(Instants.Offered, 0)
    revived.set(false)
    failures.guard("taking offers") {
      ledger.beginRound()
      offers.foreach { offer =>
        ledger.offered(offer.executorId, SparkLine.freeNanocores(offer))
        eligibility.offered(offer)
      }
      if (isAllFreeResources) ledger.allOffered()
    }
    failures.guard("looking after suspended tasks") {
      suspension.resumeOverdue()
      suspension.askAgain()
      if (isAllFreeResources) unknown.forget()
      preemptor.giveUpOnLate().foreach(retry.within)
      broadcasts.look()
      stages(rootPool.taskSets)
      shares.look(rootPool.taskSets)
      if (ledger.hasSuspended) allocation.watch()
    }
    rootPool.ordered { managers =>
      val fromIdle =
        if (ranked.areNeeded(offers, managers)) ranked(offers, isAllFreeResources, managers)
        else offerOnce(offers, isAllFreeResources, managers)
      // What Spark has launched must get to the backend, whatever happens from here on.
      failures.guard("finding victims") {
        holders.look(managers)
        reordering.preempt(clock.nanoTime())
        crowded.preempt(clock.nanoTime())
        handOver.open(isAllFreeResources)
        preemptFor(contested(managers)).foreach(retry.within)
      }
      val handed = handOver(offers, managers)
      val launched = if (handed.isEmpty) fromIdle else fromIdle ++ handed
      if (Instants.isOn) {
        launched.flatten.foreach(task => Instants.note(Instants.Launched, task.taskId))
      }
      launched
    }
  }

  /** Has victims preempted for what these task sets still need; the simulator times it.
   *
   *  @return how soon a later round should look again, in nanoseconds, if it should
   */
  private[driver] def preemptFor(contested: Seq[TaskSetManager]): Option[Long] =
    preemption.forPending(contested, clock.nanoTime())

  private def decide(snapshot: Snapshot): Decision = {
    val decision = policies.decide(snapshot)
    decision.victims.headOption.foreach(victim => Instants.note(Instants.Decided, victim.taskId))
    decision
  }

  override protected def ordered(
      offers: IndexedSeq[WorkerOffer]): Option[IndexedSeq[WorkerOffer]] = offerOrder(offers)

  /** Nothing of what is offered is lent: Spark's own round, with the pool in order of priority. */
  private def offerOnce(
      offers: IndexedSeq[WorkerOffer], isAll: Boolean, managers: Seq[TaskSetManager])
      : Seq[Seq[TaskDescription]] = {
    val free = shown.free(offers)
    val launched = offerOrder.during(free, managers)(super.resourceOffers(free, isAll))
    executorsAreNew = false
    booking.book(launched)
    failures.guard("noting refusals") {
      // Also if all lower tasks are suspended: the one that resumes there is to be left alone.
      val some = if (ledger.hasSuspended) managers else contested(managers)
      preemption.noteRefusals(
        free.map(_.executorId), some, clock.nanoTime(), booking.takenBelow(launched))
    }
    launched
  }

  /** Some task sets are offered cores, and no others. */
  private def offerTo(
      offers: IndexedSeq[WorkerOffer], isAll: Boolean, some: Seq[TaskSetManager])
      : Seq[Seq[TaskDescription]] = {
    val launched =
      offerOrder.during(offers, some)(rootPool.showing(some)(super.resourceOffers(offers, isAll)))
    // TaskSchedulerImpl tells only the task sets that the pool shows of a new executor.
    if (executorsAreNew) rootPool.others(some).foreach(_.executorAdded())
    executorsAreNew = false
    launched
  }

  /** Task sets for which somebody could be suspended. */
  private def contested(managers: Seq[TaskSetManager]): Seq[TaskSetManager] =
    // The highest come first: below the first that nobody is lower than are no others.
    managers.takeWhile(m => ledger.hasRunningBelow(Rank.within(PriorityPool.priorityOf(m))))
      .filterNot(groups.sharesCores)

  /** Why it is a victim, beside what its policy says. */
  private def whyVictim(entry: TaskEntry): Option[String] = shares.why(entry).orElse(
    if (ledger.idleNanocores(entry.task.executorId) >= 0) None
    else Some("its executor runs more tasks than it has cores"))

  private def managerOf(taskId: Long): TaskSetManager = TaskSets.managerOf(this, taskId)

  override protected def suspendedMs(taskId: Long): Long = ledger.get(taskId)
    .fold(0L)(entry => TimeUnit.NANOSECONDS.toMillis(entry.totalSuspendedNs(clock.nanoTime())))

  override def executorAdded(execId: String, host: String): Unit = {
    executorsAreNew = true
    super.executorAdded(execId, host)
  }

  override def statusUpdate(taskId: Long, state: TaskState, data: ByteBuffer): Unit = {
    if (state == TaskState.KILLED) synchronized {
      Option(managerOf(taskId)).foreach(allocation.killed(taskId, _))
    }
    super.statusUpdate(taskId, state, data)
    if (TaskState.isFinished(state)) synchronized {
      if (state == TaskState.FINISHED) {
        ledger.get(taskId).foreach(durations.finished(_, clock.nanoTime()))
      }
      ledger.get(taskId).foreach(targets.taskEnded(_, isDone = state == TaskState.FINISHED))
      suspension.ended(taskId)
    }
  }

  override def executorLost(executorId: String, reason: ExecutorLossReason): Unit = {
    super.executorLost(executorId, reason)
    synchronized {
      agents.remove(executorId)
      ledger.executorLost(executorId, clock.nanoTime())
        .foreach(entry => suspension.lost(entry.task.taskId))
      preemption.executorLost(executorId)
    }
  }

  override def executorDecommission(executorId: String, why: ExecutorDecommissionInfo): Unit = {
    synchronized(failures.guard("looking after an executor that is to end")(
      suspension.executorLeaves(executorId)))
    super.executorDecommission(executorId, why)
  }

  private[driver] def isLive(taskId: Long): Boolean = synchronized(ledger.get(taskId).isDefined)

  /** An executor says something; offers are due if it freed or took a core. */
  private[driver] def receive(message: Message): Unit = {
    val isNews = synchronized {
      ledger.get(message.taskId).foreach(entry => agents.heard(entry.task.executorId))
      suspension.received(message)
    }
    Instants.note(Instants.Acknowledged, message.taskId)
    if (isNews && revived.compareAndSet(false, true)) backend.reviveOffers()
  }

  /** A suspended task has released memory: of no consequence to the cores. */
  private[driver] def memoryReleased(bytes: Long): Unit =
    synchronized(statistics.memoryReleased(bytes))

  override protected def tasksInTheWay(resourceProfileId: Int, except: Set[Int]): Int =
    groups.tasksInTheWay(resourceProfileId, except, areMoved = preemptor.preempts)

  override protected def isUnfitForPython(executorId: String): Boolean =
    agents.isUnfitForPython(executorId)
}
