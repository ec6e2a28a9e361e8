package org.apache.spark.neptune.sql

import org.apache.spark.sql.catalyst.InternalRow
import org.apache.spark.sql.catalyst.util.{ArrayBasedMapData, GenericArrayData}
import org.apache.spark.sql.types.{
  ArrayType, DataType, DoubleType, IntegerType, LongType, MapType, StringType, StructType,
  TimestampType}
import org.apache.spark.unsafe.types.UTF8String

/** The scheduler's answers as rows of SQL. */
private[sql] object Values {
  def row(values: Map[String, Any], columns: StructType): InternalRow = InternalRow.fromSeq(
    columns.map(column => value(values(column.name), column.dataType)))

  private def value(value: Any, kind: DataType): Any = (value, kind) match {
    case (null | None, _) => null
    case (Some(found), _) => this.value(found, kind)
    case (fields: Map[_, _], struct: StructType) =>
      row(fields.asInstanceOf[Map[String, Any]], struct)
    case (entries: Map[_, _], MapType(keys, values, _)) =>
      ArrayBasedMapData(entries.map { case (key, each) =>
        this.value(key, keys) -> this.value(each, values) })
    case (items: Iterable[_], ArrayType(kind, _)) =>
      new GenericArrayData(items.map(this.value(_, kind)).toArray[Any])
    case (number: Number, IntegerType) => number.intValue
    case (number: Number, LongType) => number.longValue
    case (number: Number, DoubleType) => number.doubleValue
    // In seconds, with thousandths; SQL counts in millionths.
    case (seconds: Double, TimestampType) => math.round(seconds * 1e3) * 1000
    case (text, StringType) => UTF8String.fromString(text.toString)
    case (other, _) => other
  }
}
