package neptune.core

/** For whom a task is to be suspended. */
sealed trait SuspendedFor

object SuspendedFor {
  /** A user has it suspended, until it is resumed manually. */
  case object Manual extends SuspendedFor
  /** A higher level, for no longer than the starvation bound allows. */
  case object Higher extends SuspendedFor
  /** Others of its own level, who have less than their share, or a limit: for as long as that is
   *  so. */
  case object Sharing extends SuspendedFor
}
