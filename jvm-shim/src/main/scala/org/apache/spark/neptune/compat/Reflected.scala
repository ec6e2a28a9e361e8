package org.apache.spark.neptune.compat

import java.lang.reflect.Field

/** What we use of Spark although the compiler can't see it, nor whether this Spark has it.
 *
 * The build reads from the byte code what is named here, looks for it in the very Spark that it
 * builds for, and has the jar carry the list for BuildCheck (neptune_spark/_start/reflected.py). So
 * the arguments of `field` and `className` must be literals. No code of ours gets at members of
 * Spark's by reflection in another way (a test looks at the byte code).
 */
private[spark] object Reflected {
  /** A field that is private even to Spark's own packages, which must be of exactly that type. */
  def field(owner: Class[_], name: String, fieldType: Class[_]): Field = {
    val found = field(owner, name)
    if (found.getType != fieldType) {
      throw new NoSuchFieldException(s"${owner.getName}.$name is a ${found.getType.getName}")
    }
    found
  }

  /** Such a field, of whatever type. */
  def field(owner: Class[_], name: String): Field = opened(owner, name)

  /** The name of a class that we may not refer to, to tell its objects by. */
  def className(name: String): String = name

  /** A field of the JDK's; the build does not look for it. */
  def opened(owner: Class[_], name: String): Field = {
    val found = owner.getDeclaredField(name)
    found.setAccessible(true)
    found
  }
}
