package org.apache.spark.neptune.driver.sharing

import neptune.core.{Account, CoreLimit, Nanocores}

import org.apache.spark.neptune.settings.Limiter

/** What a limit leaves to those whom it binds. Tasks that are suspended count: they go on to hold
 *  what the limit may be there to protect, connections to a database say, and are to have their
 *  cores back. Only those that a limit itself holds are none of those who have its cores.
 *
 * THREADING: under the scheduler's lock.
 *
 * @param allNanocores what all executors have, as of this round
 * @param orders by which its cores are shared, if they are
 */
private[sharing] class Allowance(
    val limiter: Limiter, private var allNanocores: Long, orders: Option[Orders]) {
  /** The tasks that it binds. */
  val account: Account = new Account(limiter.name)
  /** Among whom its cores are shared. */
  val shares: Option[LimitShares] =
    for (its <- orders; _ <- limiter.maxCores) yield new LimitShares(account, its)
  /** Tasks that are launched in this round and not booked yet. */
  private var unbookedTasks = 0
  private var unbookedNanocores = 0L
  /** When it last bound a task set. */
  var lastSeenNs: Long = 0L

  def beginRound(totalNanocores: Long): Unit = {
    allNanocores = totalNanocores
    unbookedTasks = 0
    unbookedNanocores = 0L
    shares.foreach(_.beginRound())
  }

  /** Deals its cores; see [[LimitShares.deal]]. */
  def deal(places: TaskPlaces, nowNs: Long): Option[Long] = for {
    shared <- shares
    most <- mostNanocores(Nanocores.PerCore)
    again <- shared.deal(most, limiter.isChanged, places, nowNs)
  } yield again

  /** What it is, in words. */
  def described: String = s"the limit of the ${limiter.name}"

  /** What it allows to those that run already, if it has been changed while they did. */
  def limitInForce: Option[CoreLimit] =
    if (!limiter.isChanged) None
    else {
      val isDealt = shares.exists(_.areContended)
      Some(CoreLimit(
        account, limiter.maxTasks.fold(Long.MaxValue)(_.toLong),
        mostNanocores(Nanocores.PerCore).filterNot(_ => isDealt).getOrElse(Long.MaxValue)))
    }

  /** Whether some of its tasks have to make room. */
  def holdsSome: Boolean = shares.exists(_.areContended) || limitInForce.exists(_.isExceeded)

  /** How many more tasks of this size it allows: one at least, if there is none. */
  def roomFor(nanocores: Long): Int = {
    val tasks = account.size + unbookedTasks
    val byCores = mostNanocores(nanocores).fold(Long.MaxValue) { most =>
      // Who has made room in this limit, and in no other.
      val barred = if (shares.exists(_.mayBeShared)) account.barredNanocores else 0L
      val held = account.liveNanocores - barred + unbookedNanocores
      val room = (most - held) / nanocores
      // A limit that holds no task would keep a job waiting for ever.
      if (tasks == 0 || barred > 0 && held == 0) math.max(1L, room) else room
    }
    math.max(0L, math.min(roomByTasks.toLong, byCores)).toInt
  }

  /** The same, however many cores these need. */
  def roomByTasks: Int =
    limiter.maxTasks.fold(Int.MaxValue)(most => math.max(0, most - account.size - unbookedTasks))

  /** What its tasks may hold, for one that needs so much. */
  protected def mostNanocores(nanocores: Long): Option[Long] =
    limiter.maxCores.map(_.nanocores(allNanocores))

  def launched(nanocores: Long): Unit = {
    unbookedTasks += 1
    unbookedNanocores += nanocores
  }

  def booked(nanocores: Long): Unit = {
    unbookedTasks = math.max(0, unbookedTasks - 1)
    unbookedNanocores = math.max(0L, unbookedNanocores - nanocores)
  }
}
