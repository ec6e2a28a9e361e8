package neptune.policy

import neptune.core.{PendingTasks, RunningTask}

/** The paper's cache-bucket balance: as [[CacheLocal]], but executors whose heaps are equally full,
 *  in steps, are balanced by load.
 */
private[neptune] final class CacheBucket(buckets: Buckets) extends RankedPolicy {
  override val name: String = "cache-bucket"

  override def placing(seat: Seat): Array[Long] =
    Array(buckets.heap(seat.view.memory), seat.load.toLong)
  override def giving(seat: Seat): Array[Long] =
    Array(buckets.heap(seat.view.memory), -seat.left.toLong)
  override def victim(task: RunningTask): Array[Long] = Array.empty
  override def tiers(group: PendingTasks): Seq[Set[String]] = group.preferred
  override def reason(seat: Seat, task: RunningTask): () => String = {
    val executorId = seat.executorId
    () => s"$executorId comes first by cached blocks, heap and load; launched last there"
  }
}
