package neptune.protocol

/** What the executor and its Python workers say to one another: the kinds of frames, which are
 *  those of `neptune_spark.worker.messages`. A frame is its kind, the task's id, and a request's
 *  number.
 */
object Frame {
  val Bytes: Int = 17
  /** The version of all of this. */
  val Protocol: Long = 2L

  val Hello: Byte = 1
  val Begin: Byte = 2
  val End: Byte = 3
  val Suspended: Byte = 4
  val Resumed: Byte = 5
  val Deferred: Byte = 6
  val SuspendedMaybeBusy: Byte = 7
  /** User code has taken all signal numbers, so that its task comes to no gate: it is to be
   *  stopped. */
  val Unreachable: Byte = 8
  val Suspend: Byte = 16
  val Resume: Byte = 17
  val Cancel: Byte = 18
  val SuspendNow: Byte = 19
}
