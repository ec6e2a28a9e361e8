package org.apache.spark.neptune.driver.policies

import java.lang.reflect.InvocationTargetException

import neptune.policy.Policy

import org.apache.spark.SparkException
import org.apache.spark.util.Utils

/** Makes policies of the user's out of the names of their classes. */
private[driver] object PolicyClasses {

  /** @throws SparkException that says in one sentence why there is no such policy */
  def make(className: String): Policy = {
    def fail(sentence: String, cause: Throwable = null): Nothing =
      throw new SparkException(s"spark.neptune.policy is '$className', but $sentence.", cause)
    try {
      // Spark's own, which sees the jars of --jars.
      Utils.classForName[Any](className).getConstructor().newInstance() match {
        case policy: Policy => policy
        case _ => fail("that class does not implement neptune.policy.Policy; make it do so")
      }
    } catch {
      case e: ClassNotFoundException =>
        fail("there is no such class on the driver's class path; add its jar with --jars or " +
          "spark.jars", e)
      case e: NoSuchMethodException =>
        fail("that class has no public constructor without parameters; add one", e)
      case e: InvocationTargetException => fail(s"its constructor raised ${e.getCause}", e.getCause)
      case e @ (_: ReflectiveOperationException | _: LinkageError) =>
        fail(s"that class can't be instantiated: $e", e)
    }
  }
}
