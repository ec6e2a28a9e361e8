package org.apache.spark.neptune.driver.start

import java.util.ServiceLoader

import scala.jdk.CollectionConverters._

import org.apache.spark.SparkException
import org.apache.spark.scheduler.ExternalClusterManager
import org.apache.spark.util.Utils

/** The cluster managers other than ours: of YARN, of Kubernetes, and other people's. */
private[driver] object ClusterManagers {
  /** The one that Spark itself would ask (SparkContext.getClusterManager, Spark 3.5 to 4.3).
   *
   * @throws SparkException for a master that several of them claim
   */
  def find(master: String): Option[ExternalClusterManager] = {
    val loader = Utils.getContextOrSparkClassLoader
    val all = ServiceLoader.load(classOf[ExternalClusterManager], loader).asScala.toList
    val claiming = all.filter(m => !m.isInstanceOf[NeptuneClusterManager] && m.canCreate(master))
    if (claiming.size > 1) {
      throw new SparkException(
        s"Multiple external cluster managers registered for the url $master: $claiming")
    }
    claiming.headOption
  }
}
