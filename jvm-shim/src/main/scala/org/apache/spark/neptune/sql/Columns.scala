package org.apache.spark.neptune.sql

import org.apache.spark.sql.types.StructType

/** The columns of each function; those that tell have the names of Python's views.
 *
 * What ANSI SQL reserves is quoted: a session may heed that
 * (spark.sql.ansi.enforceReservedKeywords).
 */
private[sql] object Columns {
  private val latency =
    "STRUCT<`count`: BIGINT, p50_s: DOUBLE, p99_s: DOUBLE, max_s: DOUBLE>"

  val tasks: StructType = StructType.fromDDL("""
    task_id BIGINT NOT NULL COMMENT 'Task attempt id in Spark, unique in the application',
    stage_id INT NOT NULL COMMENT 'Stage of the task',
    stage_attempt INT NOT NULL COMMENT 'Attempt number of that stage',
    job_id INT COMMENT 'A job that the stage was submitted for, if known',
    `partition` INT NOT NULL COMMENT 'Partition that the task computes',
    executor_id STRING NOT NULL COMMENT 'Executor it runs on (driver in local mode)',
    priority INT NOT NULL COMMENT 'Its level; higher is more urgent',
    state STRING NOT NULL COMMENT 'running, suspending, suspended or resuming',
    times_suspended INT NOT NULL COMMENT 'How often it has been suspended',
    suspended_s DOUBLE NOT NULL COMMENT 'How long in total, in seconds',
    bound_used DOUBLE NOT NULL COMMENT 'Used share of its starvation bound, 0 to 1',
    work_kept_core_s DOUBLE NOT NULL
      COMMENT 'Core-seconds of work done before its last suspension',
    suspendable BOOLEAN NOT NULL COMMENT 'False for a task that is never suspended',
    manual BOOLEAN NOT NULL COMMENT 'True if it was suspended manually and waits to be resumed'
  """)

  val executors: StructType = StructType.fromDDL("""
    executor_id STRING NOT NULL COMMENT 'Its id in Spark (driver in local mode)',
    host STRING COMMENT 'Its host, if it has registered with the scheduler',
    cores DOUBLE NOT NULL COMMENT 'Cores that it has for tasks',
    tasks_running INT NOT NULL COMMENT 'Tasks that hold a core there',
    tasks_suspended INT NOT NULL COMMENT 'Tasks suspended there',
    suspendable BOOLEAN NOT NULL COMMENT 'Whether its tasks can be suspended',
    memory STRUCT<heap_share: DOUBLE, gc_share: DOUBLE, spill_bytes_per_s: DOUBLE,
        python_bytes: BIGINT, suspended_bytes: BIGINT, held_bytes: BIGINT, managed_bytes: BIGINT,
        metrics: MAP<STRING, BIGINT>>
      COMMENT 'Its memory as policies see it, if reported',
    python_workers ARRAY<STRUCT<pid: INT, task_id: BIGINT, rss_bytes: BIGINT, cpu_s: DOUBLE,
        processes: INT>> NOT NULL
      COMMENT 'Its Python workers, as last measured'
  """)

  val levels: StructType = StructType.fromDDL(s"""
    priority INT NOT NULL COMMENT 'The level; higher is more urgent',
    tasks_running INT NOT NULL COMMENT 'Tasks that hold a core',
    tasks_pending INT NOT NULL COMMENT 'Tasks that wait for their first core',
    tasks_suspended INT NOT NULL COMMENT 'Tasks that are suspended',
    cores_lent DOUBLE NOT NULL
      COMMENT 'Cores of suspended tasks, which higher-priority tasks may hold now',
    first_task_latency $latency NOT NULL
      COMMENT 'From the submission of the tasks of a stage to the launch of the first one'
  """)

  val shares: StructType = StructType.fromDDL("""
    priority INT NOT NULL COMMENT 'The level whose cores it shares; higher is more urgent',
    party STRING NOT NULL
      COMMENT 'Who shares them: with fair a pool, with feedback a SQL execution or a job',
    weight DOUBLE NOT NULL COMMENT 'That of a pool of the FAIR scheduler, else 1',
    cores_held DOUBLE NOT NULL COMMENT 'Cores that its tasks hold now',
    cores_wanted DOUBLE NOT NULL
      COMMENT 'Cores that its tasks need, including pending and suspended ones, within limits',
    cores_due DOUBLE
      COMMENT 'Its share of the level, as last dealt; NULL: all, because nobody else needs any',
    used_core_s DOUBLE NOT NULL COMMENT 'Core-seconds that its tasks have used so far'
  """)

  val statistics: StructType = StructType.fromDDL(s"""
    suspensions BIGINT NOT NULL COMMENT 'How often a task was suspended',
    resumptions BIGINT NOT NULL COMMENT 'How often a task was resumed',
    resumptions_by_reason MAP<STRING, BIGINT> NOT NULL COMMENT 'The same, by reason',
    suspend_latency $latency NOT NULL
      COMMENT 'On the executor, from the request until the task is suspended',
    resume_latency $latency NOT NULL
      COMMENT 'On the executor, from the request until the task runs',
    suspend_round_trip $latency NOT NULL
      COMMENT 'At the driver, from the request to its acknowledgement',
    resume_round_trip $latency NOT NULL COMMENT 'The same for resuming',
    decision_time $latency NOT NULL COMMENT 'How long the policy took for a decision',
    cores_lent DOUBLE NOT NULL
      COMMENT 'Cores of suspended tasks, which higher-priority tasks may hold now',
    cores_lent_max DOUBLE NOT NULL COMMENT 'The most cores lent at one time',
    lent_core_s DOUBLE NOT NULL COMMENT 'Lent cores times seconds, in total',
    work_kept_core_s DOUBLE NOT NULL
      COMMENT 'Core-seconds of work that killing instead of suspending would have wasted',
    tasks_running INT NOT NULL COMMENT 'Tasks running now',
    tasks_suspended INT NOT NULL COMMENT 'Tasks suspended now',
    overdue BIGINT NOT NULL
      COMMENT 'Cores lent before their task reached a yield point',
    rescues BIGINT NOT NULL
      COMMENT 'Suspended tasks resumed because a higher-priority task waited for what they held',
    rescues_by_cause MAP<STRING, BIGINT> NOT NULL COMMENT 'The same, by what it waited for',
    memory_releases BIGINT NOT NULL
      COMMENT 'How often suspended tasks spilled for a higher-priority one',
    released_bytes BIGINT NOT NULL COMMENT 'Execution memory that this freed',
    bound_used_max DOUBLE NOT NULL COMMENT 'The largest bound_used of any live task',
    resumed_at_bound BIGINT NOT NULL
      COMMENT 'Tasks resumed because they had been suspended for the maximum time',
    kills BIGINT NOT NULL COMMENT 'Tasks killed for others',
    wasted_task_s DOUBLE NOT NULL COMMENT 'How long the killed tasks had been running, in seconds',
    policy_faults BIGINT NOT NULL COMMENT 'How often lb decided instead of the policy',
    levels ARRAY<STRUCT<priority: INT, tasks_running: INT, tasks_pending: INT,
        tasks_suspended: INT, cores_lent: DOUBLE, first_task_latency: $latency>> NOT NULL
      COMMENT 'The rows of neptune_levels()'
  """)

  val decisions: StructType = StructType.fromDDL("""
    `time` TIMESTAMP NOT NULL COMMENT 'When',
    policy STRING NOT NULL COMMENT 'The policy that was in force',
    priority INT NOT NULL COMMENT 'Priority of the pending tasks',
    pending_tasks INT NOT NULL COMMENT 'How many tasks waited for a core',
    stage_ids ARRAY<INT> NOT NULL COMMENT 'Their stages',
    victims ARRAY<STRUCT<task_id: BIGINT, executor_id: STRING, reason: STRING>> NOT NULL
      COMMENT 'The tasks to suspend, with the reason for each',
    placements ARRAY<STRUCT<`group`: INT, executor_id: STRING, `count`: INT>> NOT NULL
      COMMENT 'Where the pending tasks were meant to run; group is an index into stage_ids',
    fallback STRING COMMENT 'Why lb decided instead of the policy, if it did',
    target STRING
      COMMENT 'How many cores a stream with a latency target gets, and why; NULL for a policy'
  """)

  val policy: StructType = StructType.fromDDL(
    "policy STRING NOT NULL COMMENT 'As in the setting spark.neptune.policy'")

  val version: StructType = StructType.fromDDL(
    "version STRING NOT NULL COMMENT 'Of Neptune'")

  val task: StructType = StructType.fromDDL("""
    task_id BIGINT NOT NULL COMMENT 'The task',
    state STRING COMMENT 'Its state now; NULL if it has just ended',
    manual BOOLEAN COMMENT 'Whether it is suspended until it is resumed manually'
  """)

  val newPolicy: StructType = StructType.fromDDL("""
    policy STRING NOT NULL COMMENT 'The policy in force now',
    former_policy STRING NOT NULL COMMENT 'The policy before'
  """)

  val newPriority: StructType = StructType.fromDDL("""
    named_by STRING NOT NULL COMMENT 'job_id, job_group, tag or query',
    name STRING NOT NULL COMMENT 'The name that selects the jobs; for a stream its id',
    priority INT
      COMMENT 'Their priority now, within the limit of the user; NULL if it was withdrawn',
    jobs INT NOT NULL COMMENT 'How many live jobs are affected'
  """)

  val newLimit: StructType = StructType.fromDDL("""
    named_by STRING NOT NULL COMMENT 'job_id, pool, user_name or rule',
    name STRING NOT NULL COMMENT 'The name that selects the jobs',
    max_cores STRING COMMENT 'How many cores the jobs may hold; NULL: as configured',
    max_tasks INT COMMENT 'How many of their tasks may run at once; NULL: as configured',
    jobs INT NOT NULL COMMENT 'How many live jobs are affected'
  """)
}
