package org.apache.spark.neptune.ui

import scala.jdk.CollectionConverters._

import org.apache.spark.util.kvstore.{KVStore, KVStoreView}

/** A part of the rows of a table.
 *
 * @param number from 1
 * @param size rows on a page
 */
private[neptune] final case class Part(number: Int, size: Int) {
  def skipped: Long = (number - 1).toLong * size
}

/** Reads rows. Safe for all callers, as the store is. */
private[neptune] final class StoredRows(store: KVStore) {
  /** Whether anything of ours was ever written. */
  def isEmpty: Boolean =
    Seq(classOf[ApplicationRow], classOf[SuspensionRow]).forall(store.count(_) == 0)

  def application: Option[ApplicationRow] = first(store.view(classOf[ApplicationRow]))

  def count(kind: Class[_]): Long = store.count(kind)

  /** Rows of a page, the last ones by this index first, and what pages there are. */
  def page[T](kind: Class[T], index: String, part: Part)(row: T => Map[String, Any])
      : Map[String, Any] = {
    val rows = taken(store.view(kind).index(index).reverse().skip(part.skipped), part.size)
    Map(
      "total" -> count(kind), "page" -> part.number, "page_size" -> part.size,
      "rows" -> rows.map(row))
  }

  /** The last rows by an index, in its order. */
  def last[T](kind: Class[T], index: String, atMost: Int): Seq[T] =
    taken(store.view(kind).index(index).reverse(), atMost).reverse

  /** Those from a value of the index on, but for the first ones if they are many. */
  def since[T](kind: Class[T], index: String, value: Any, atMost: Int): Seq[T] =
    taken(store.view(kind).index(index).reverse().last(value), atMost).reverse

  def get[T](kind: Class[T], key: Any): Option[T] =
    try Some(store.read(kind, key))
    catch { case _: NoSuchElementException => None }

  private def first[T](view: KVStoreView[T]): Option[T] = taken(view, 1).headOption

  private def taken[T](view: KVStoreView[T], atMost: Int): List[T] = {
    val rows = view.max(atMost.toLong).closeableIterator()
    try rows.asScala.toList finally rows.close()
  }
}

private[neptune] object StoredRows {
  val Key: String = "__main__"
}
