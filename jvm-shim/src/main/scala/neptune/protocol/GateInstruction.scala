package neptune.protocol

/** What a [[Gate]] has its user do, without delay. */
sealed trait GateInstruction[+W]

object GateInstruction {
  /** Send to the driver; [[IsOver]] is a question. */
  final case class Report(message: Message) extends GateInstruction[Nothing]
  /** Wake the threads that stand at the gate, for them to look again. */
  case object WakeThreads extends GateInstruction[Nothing]
  /** Say by [[GateInput.ThreadSeen]] whether the task's own thread uses no core. */
  final case class LookAtThread(seq: Long) extends GateInstruction[Nothing]
  final case class After(ms: Long, timer: GateInput.Timer) extends GateInstruction[Nothing]
  final case class SuspendWorker[W](worker: W, seq: Long) extends GateInstruction[W]
  final case class ResumeWorker[W](worker: W, seq: Long) extends GateInstruction[W]
  final case class CancelWorker[W](worker: W) extends GateInstruction[W]
}
