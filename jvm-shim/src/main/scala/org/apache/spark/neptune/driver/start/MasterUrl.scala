package org.apache.spark.neptune.driver.start

import org.apache.spark.{SparkConf, SparkMasterRegex}

/** A master that Neptune can schedule for. */
private[driver] sealed trait MasterUrl
private[driver] final case class Local(threads: Int, maxFailures: Int) extends MasterUrl
private[driver] final case class Standalone(urls: Array[String]) extends MasterUrl
private[driver] final case class LocalCluster(workers: Int, cores: Int, memoryMb: Int)
  extends MasterUrl
/** One that another cluster manager claims: see [[ClusterManagers]]. */
private[driver] case object Managed extends MasterUrl

/** The forms of `spark.master`. */
private[driver] object MasterUrl {
  /** What SparkContext.createTaskScheduler (Spark 3.5 to 4.3) is given in the place of any master,
   *  so that it asks the cluster managers, of which ours alone knows it. See [[MasterStandIn]].
   */
  val hidden: String = "neptune"

  /** What the user's master means; None for what Spark itself does not know. */
  def parse(master: String): Option[MasterUrl] = {
    import SparkMasterRegex._
    master match {
      case "local" => Some(Local(1, maxFailures = 1))
      case LOCAL_N_REGEX(threads) => Some(Local(count(threads), maxFailures = 1))
      case LOCAL_N_FAILURES_REGEX(threads, failures) => Some(Local(count(threads), failures.toInt))
      case SPARK_REGEX(hosts) => Some(Standalone(hosts.split(",").map("spark://" + _)))
      case LOCAL_CLUSTER_REGEX(workers, cores, memory) =>
        Some(LocalCluster(workers.toInt, cores.toInt, memory.toInt))
      case "yarn" | KUBERNETES_REGEX(_) => Some(Managed)
      case _ => None
    }
  }

  /** The same, with the masters that cluster managers on the class path know. */
  def find(master: String): Option[MasterUrl] =
    parse(master).orElse(ClusterManagers.find(master).map(_ => Managed))

  /** How many cores an application asks for, whose executors come one by one; 0 if its settings do
   *  not say so.
   */
  def coresOf(master: MasterUrl, conf: SparkConf): Int = master match {
    case Local(threads, _) => threads
    // Without a maximum they are all that there are (StandaloneSchedulerBackend, Spark 3.5 to 4.3).
    case _: Standalone => conf.getInt("spark.cores.max", 0)
    case LocalCluster(workers, cores, _) =>
      math.min(workers * cores, conf.getInt("spark.cores.max", Int.MaxValue))
    case Managed =>
      conf.getInt("spark.executor.instances", 0) * conf.getInt("spark.executor.cores", 1)
  }

  private def count(threads: String): Int =
    if (threads == "*") Runtime.getRuntime.availableProcessors() else threads.toInt
}
