package neptune.protocol

/** How far a suspended task is with giving back its execution memory. */
sealed trait MemoryGiven
object MemoryGiven {
  /** Nobody asked, or its thread does not stand where it could be asked. */
  case object NotAsked extends MemoryGiven
  /** It is going to, or is spilling. */
  case object Asked extends MemoryGiven
  /** It has given what it can, and keeps so many bytes. */
  final case class Given(keptBytes: Long) extends MemoryGiven
}
