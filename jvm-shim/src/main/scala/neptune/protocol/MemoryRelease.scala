package neptune.protocol

/** How far a suspended task is with releasing its execution memory. */
sealed trait MemoryRelease
object MemoryRelease {
  /** Nobody asked, or its thread does not stand where it could be asked. */
  case object NotAsked extends MemoryRelease
  /** It is going to, or is spilling. */
  case object Asked extends MemoryRelease
  /** It has released what it can, and keeps so many bytes. */
  final case class Done(keptBytes: Long) extends MemoryRelease
}
