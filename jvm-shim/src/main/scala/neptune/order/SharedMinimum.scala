package neptune.order

/** What several parties have together before others share the rest (`minCores` of a rule). */
object SharedMinimum {
  /** The part of each: as much as of all others, but no more than it wants.
   *
   * A part need not be whole tasks: what a party is assured of beyond those it gets in the course
   * of time, as all that it is owed.
   *
   * @param wanted what the tasks need that it is for, by party
   */
  def parts(nanocores: Long, wanted: Seq[Long]): Seq[Long] = {
    val usable = wanted.iterator.map(_.toDouble).toArray
    WaterFilling.shares(
      Array.fill(usable.length)(1.0), new Array[Double](usable.length), usable,
      nanocores.toDouble).iterator.map(_.toLong).toVector
  }
}
