package org.apache.spark.neptune.simulation

/** What a simulation runs; made in Python (scale.workload), from a seed. Times in microseconds.
 *
 * @param seed of the order in which Spark offers executors
 * @param durationUs for how long jobs arrive
 * @param answerUs what an executor takes to suspend, resume or kill a task, and to say so
 * @param remoteFactor how many times as long a task takes that is not where its blocks are cached
 * @param sampleUs how often the balance is looked at
 * @param executorsPerHost how many are on one host
 * @param memoryMb of each executor, for its tasks; 0: it is not simulated
 * @param spillFactor how many times as long a task takes that finds no memory at all
 */
private[simulation] final case class Workload(
    seed: Long, executors: Int, cores: Int, durationUs: Long, answerUs: Long,
    remoteFactor: Double, sampleUs: Long, executorsPerHost: Int, memoryMb: Long,
    spillFactor: Double, jobs: Array[Job])

/** @param stages run one after the other
 *  @param pool that it names, if it does
 */
private[simulation] final case class Job(
    id: Int, arrivalUs: Long, priority: String, stages: Array[Stage], pool: Option[String])

/** @param durationsUs what each task takes
 *  @param cachedOn the executor where each task's blocks are cached; -1: it has none
 *  @param memoryMb what each task needs
 */
private[simulation] final case class Stage(
    durationsUs: Array[Long], cachedOn: Array[Int], memoryMb: Array[Long])
