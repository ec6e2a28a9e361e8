package neptune.policy

/** What the policies of this package can be told.
 *
 * @param buckets steps of memory figures
 * @param seed of the random policy
 */
final case class PolicySettings(buckets: Buckets, seed: Int)

/** The policies that come with Neptune, by their names in `spark.neptune.policy`. */
object Policies {
  private val builtIn: Seq[(String, PolicySettings => Policy)] = Seq(
    "lma" -> (s => new LocalityMemoryAware(s.buckets)),
    "lb" -> (_ => new LoadBalance),
    "cache-local" -> (_ => new CacheLocal),
    "cache-bucket" -> (s => new CacheBucket(s.buckets)),
    "random" -> (s => new RandomChoice(s.seed)))

  def names: Seq[String] = builtIn.map(_._1)

  def named(name: String, settings: PolicySettings): Option[Policy] =
    builtIn.collectFirst { case (`name`, make) => make(settings) }
}
