package org.apache.spark.neptune.driver.policies

import scala.jdk.CollectionConverters._

import com.fasterxml.jackson.core.JsonProcessingException
import com.fasterxml.jackson.databind.{JsonNode, ObjectMapper}
import com.fasterxml.jackson.module.scala.DefaultScalaModule
import neptune.core.{
  Decision, ExecutorSnapshot, PendingTasks, Placement, RunningTask, Snapshot, Victim}
import neptune.policy.{Policy, PolicyException}

/** Implemented in Python (neptune_spark/_policy/callback.py) and called over py4j, in JSON.
 *
 * Answers are what was asked for, or {"error": what Python raised, "traceback": ...}.
 */
trait PythonDecider {
  /** The question's text up to what is given with it. */
  def part(text: String): Unit
  def decide(snapshot: String): String
  def offerOrder(executors: String): String
}

/** A policy written in Python.
 *
 * THREADING: a call takes as long as Python does, which may want what the caller holds: to be asked
 * on a thread of its own only.
 */
private[driver] final class PythonPolicy(override val name: String, decider: PythonDecider)
  extends Policy {
  import PythonPolicy._

  override def decide(snapshot: Snapshot): Decision = {
    val answer = read(ask(describe(snapshot), decider.decide))
    Decision(
      list(answer, "victims").map(victim => Victim(
        integer(victim, "task_id"), text(victim, "executor_id"), text(victim, "reason"))),
      list(answer, "placements").map(placement => Placement(
        Math.toIntExact(integer(placement, "group")), text(placement, "executor_id"),
        Math.toIntExact(integer(placement, "count")))))
  }

  override def offerOrder(executors: IndexedSeq[ExecutorSnapshot]): Seq[String] = {
    val answer = read(ask(executors.map(describe(_)), decider.offerOrder))
    list(answer, "executor_ids").map(_.asText())
  }

  private def ask(question: Any, answer: String => String): String = {
    val parts = mapper.writeValueAsString(question).grouped(partChars).toVector
    parts.init.foreach(decider.part)
    answer(parts.last)
  }
}

private[driver] object PythonPolicy {
  /** py4j writes 8 KiB at a time, with quotes escaped; a text in two writes takes 40 ms longer, for
   *  the second one waits for the delayed acknowledgement of the first. */
  private val partChars = 4000

  private val mapper = new ObjectMapper().registerModule(DefaultScalaModule)

  private def describe(snapshot: Snapshot): Map[String, Any] = Map(
    "priority" -> snapshot.priority,
    "executors" -> snapshot.executors.map(describe(_)),
    "pending" -> snapshot.pending.map(describe(_)))

  private def describe(executor: ExecutorSnapshot): Map[String, Any] = Map(
    "executor_id" -> executor.executorId,
    "host" -> executor.host,
    "total_nanocores" -> executor.totalNanocores,
    "free_nanocores" -> executor.freeNanocores,
    "load" -> executor.load,
    "suspended" -> executor.suspended,
    "memory" -> executor.memory.map(memory => Map[String, Any](
      "heap_share" -> memory.heapShare,
      "gc_share" -> memory.gcShare,
      "spill_bytes_per_s" -> memory.spillBytesPerSecond,
      "python_bytes" -> memory.pythonBytes,
      "suspended_bytes" -> memory.suspendedBytes,
      "held_bytes" -> memory.heldBytes,
      "managed_bytes" -> memory.managedBytes)),
    "lowest_priority" -> executor.lowest,
    "tasks" -> executor.tasks.map(describe(_)))

  private def describe(task: RunningTask): Map[String, Any] = Map(
    "task_id" -> task.taskId,
    "executor_id" -> task.executorId,
    "nanocores" -> task.nanocores,
    "priority" -> task.priority,
    "arrival" -> task.arrival,
    "job_id" -> task.jobId,
    "stage_id" -> task.stageId,
    "age_s" -> task.ageMs / 1e3,
    "left_s" -> task.leftMs.map(_ / 1e3),
    "times_suspended" -> task.timesSuspended,
    "suspended_s" -> task.suspendedMs / 1e3,
    "locality" -> task.locality,
    "suspendable" -> task.suspendable,
    "memory_bytes" -> task.memoryBytes,
    "suspend_s" -> task.suspendNs.map(_ / 1e9))

  private def describe(pending: PendingTasks): Map[String, Any] = Map(
    "stage_id" -> pending.stageId,
    "count" -> pending.count,
    "nanocores" -> pending.nanocores,
    "preferred" -> pending.preferred.map(_.toSeq.sorted),
    "refused" -> pending.refused.toSeq.sorted,
    "together" -> pending.together)

  private def read(answer: String): JsonNode = {
    val node = try mapper.readTree(answer) catch {
      case e: JsonProcessingException => noAnswer(s"it is not JSON: ${e.getOriginalMessage}")
    }
    if (node.has("error")) {
      throw new PolicyException(text(node, "error"), text(node, "traceback"))
    }
    node
  }

  private def list(node: JsonNode, name: String): Vector[JsonNode] =
    node.path(name).elements().asScala.toVector

  private def integer(node: JsonNode, name: String): Long = {
    val value = node.path(name)
    if (value.canConvertToLong && value.isIntegralNumber) value.asLong()
    else noAnswer(s"$name is $value")
  }

  private def text(node: JsonNode, name: String): String = node.path(name).asText()

  private def noAnswer(why: String): Nothing =
    throw new IllegalArgumentException(s"the answer can't be read: $why")
}
