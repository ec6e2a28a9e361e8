package org.apache.spark.neptune.driver

import org.apache.spark.{SparkException, SparkMasterRegex}

/** A master that Neptune can schedule for. */
private[driver] sealed trait MasterUrl
private[driver] final case class Local(threads: Int, maxFailures: Int) extends MasterUrl
private[driver] final case class Standalone(urls: Array[String]) extends MasterUrl
private[driver] final case class LocalCluster(workers: Int, cores: Int, memoryMb: Int)
  extends MasterUrl

/** The forms of `spark.master`, and the private form that leads Spark to our cluster manager.
 *
 * SparkContext.createTaskScheduler (Spark 4.x) matches the master against its own forms first; the
 * private form matches none of them. See [[MasterStandIn]].
 */
private[driver] object MasterUrl {
  private val mark = "neptune:"

  /** What the user's master means; None for what Spark itself will refuse. */
  def parse(master: String): Option[MasterUrl] = {
    import SparkMasterRegex._
    master match {
      case "local" => Some(Local(1, maxFailures = 1))
      case LOCAL_N_REGEX(threads) => Some(Local(count(threads), maxFailures = 1))
      case LOCAL_N_FAILURES_REGEX(threads, failures) => Some(Local(count(threads), failures.toInt))
      case SPARK_REGEX(hosts) => Some(Standalone(hosts.split(",").map("spark://" + _)))
      case LOCAL_CLUSTER_REGEX(workers, cores, memory) =>
        Some(LocalCluster(workers.toInt, cores.toInt, memory.toInt))
      case "yarn" => unsupported(master)
      case k8s if k8s.startsWith("k8s") => unsupported(master)
      case _ => None
    }
  }

  def hide(master: String): String = mark + master
  def isHidden(master: String): Boolean = master.startsWith(mark)
  def reveal(hidden: String): String = hidden.stripPrefix(mark)

  private def count(threads: String): Int =
    if (threads == "*") Runtime.getRuntime.availableProcessors() else threads.toInt

  private def unsupported(master: String): Nothing = throw new SparkException(
    s"spark.master is '$master', which Neptune does not support yet; use local[...], " +
      "local-cluster[...] or spark://..., or remove org.apache.spark.neptune.NeptunePlugin from " +
      "spark.plugins.")
}
