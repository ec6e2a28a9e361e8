package org.apache.spark.neptune.build

import org.apache.xbean.asm9.{ClassReader, Opcodes, Type}
import org.apache.xbean.asm9.tree.{ClassNode, MethodNode}

/** What a jar of ours needs of a Spark to be linked with it, and how that looks in one Spark.
 *
 * A jar that was compiled against one release works on another one if everything that it needs
 * looks there as it did when it was compiled. That is as strict as the compiler, and more so where
 * strictness costs little: a class has exactly the same ancestors, a member the same generic types.
 * Not seen are constants of Spark's that the compiler copied.
 */
private[build] final class Linkage(files: ClassFiles) {
  import Linkage._

  /** All that classes of ours need. */
  def needs(ours: Seq[String]): Seq[Need] =
    ours.flatMap(name => files.reader(name).toList.flatMap(referred) ++ inherited(name)).distinct

  /** How that looks in this Spark; two Sparks are alike in it if the texts are. */
  def look(need: Need): String = need match {
    case Exists(name) =>
      files.find(name).fold(missing) { node =>
        val ancestors = files.ancestry(name).tail.map(_.name)
        s"${flags(node.access, classFlags)} ${ancestors.sorted.mkString(",")}"
      }
    case Member(owner, name, descriptor) =>
      val found = files.ancestry(owner).flatMap(declared(_, name, descriptor)).headOption
      found.fold(missing) { case (access, generic) =>
        val kind = files.find(owner).fold("")(node => flags(node.access, Opcodes.ACC_INTERFACE))
        s"$kind${flags(access, memberFlags)} $generic"
      }
    case Overrides(ours, name, descriptor) =>
      val found = files.ancestry(ours).tail.filterNot(node => isOurs(node.name))
        .flatMap(declared(_, name, descriptor)).find { case (access, _) => isInherited(access) }
      found.fold(missing) { case (access, generic) => s"${flags(access, overrideFlags)} $generic" }
    case Implements(ours) =>
      val (open, done) = files.ancestry(ours).flatMap(methods)
        .partition(method => (method.access & Opcodes.ACC_ABSTRACT) != 0)
      val todo = open.map(m => m.name + m.desc).toSet -- done.map(m => m.name + m.desc)
      todo.toList.sorted.mkString(",")
  }

  /** The class files of Spark's that decide how a need looks. */
  def dependsOn(need: Need): Seq[String] =
    files.ancestry(need.of).map(_.name).filterNot(isOurs)

  /** What a class of ours names: the entries of its constant pool that are Spark's. */
  private def referred(reader: ClassReader): Seq[Need] = {
    val buffer = new Array[Char](reader.getMaxStringLength)
    def nameAt(offset: Int): String = reader.readClass(offset, buffer)
    (1 until reader.getItemCount).map(reader.getItem).filter(_ > 0).flatMap { at =>
      reader.readByte(at - 1) match {
        case ConstantClass => Some(Exists(element(reader.readUTF8(at, buffer))))
        case ConstantField | ConstantMethod | ConstantInterfaceMethod =>
          val nameAndType = reader.getItem(reader.readUnsignedShort(at + 2))
          Some(Member(
            element(nameAt(at)),
            reader.readUTF8(nameAndType, buffer),
            reader.readUTF8(nameAndType + 2, buffer)))
        case _ => None
      }
    }.filter(need => isForeign(need.of))
  }

  /** What a class of ours has from Spark's classes that it extends. */
  private def inherited(name: String): Seq[Need] =
    files.find(name).toList.filter(_ => files.ancestry(name).exists(node => isForeign(node.name)))
      .flatMap { node =>
        val overrides = methods(node).filter(m => isInherited(m.access))
          .map(m => Overrides(name, m.name, m.desc)).filter(look(_) != missing)
        val abstractToo = (node.access & (Opcodes.ACC_ABSTRACT | Opcodes.ACC_INTERFACE)) != 0
        if (abstractToo) overrides else Implements(name) :: overrides
      }

  private def declared(node: ClassNode, name: String, descriptor: String): Option[(Int, String)] =
    if (descriptor.startsWith("(")) {
      methods(node).find(m => m.name == name && m.desc == descriptor)
        .map(m => (m.access, String.valueOf(m.signature)))
    } else {
      node.fields.toArray(Array.empty[org.apache.xbean.asm9.tree.FieldNode])
        .find(f => f.name == name && f.desc == descriptor)
        .map(f => (f.access, String.valueOf(f.signature)))
    }

  private def methods(node: ClassNode): List[MethodNode] =
    node.methods.toArray(Array.empty[MethodNode]).toList
}

private[build] object Linkage {
  /** One thing that classes of ours need of Spark. */
  sealed trait Need extends Product {
    /** The class that has it. */
    def of: String

    /** Its words in a record. */
    final def text: String = productIterator.mkString(s"$productPrefix ", " ", "")

    /** For people. */
    def name: String
  }

  final case class Exists(of: String) extends Need {
    override def name: String = dotted(of)
  }

  final case class Member(of: String, member: String, descriptor: String) extends Need {
    override def name: String = s"${dotted(of)}.${signature(member, descriptor)}"
  }

  /** A method of ours takes the place of one of Spark's. */
  final case class Overrides(of: String, member: String, descriptor: String) extends Need {
    override def name: String = s"what ${dotted(of)}.${signature(member, descriptor)} overrides"
  }

  /** A class of ours has all methods that Spark's left open. */
  final case class Implements(of: String) extends Need {
    override def name: String = s"what ${dotted(of)} has to implement"
  }

  /** The need that a record's words name. */
  def need(text: String): Need = text.split(' ') match {
    case Array("Exists", of) => Exists(of)
    case Array("Member", of, member, descriptor) => Member(of, member, descriptor)
    case Array("Overrides", of, member, descriptor) => Overrides(of, member, descriptor)
    case Array("Implements", of) => Implements(of)
    case _ => throw new IllegalArgumentException(s"not a need of a Neptune jar: $text")
  }

  val missing: String = "missing"

  // Tags of the constant pool, JVM specification 4.4.
  private final val ConstantClass = 7
  private final val ConstantField = 9
  private final val ConstantMethod = 10
  private final val ConstantInterfaceMethod = 11

  private val classFlags = Opcodes.ACC_INTERFACE | Opcodes.ACC_ABSTRACT | Opcodes.ACC_FINAL
  private val memberFlags = Opcodes.ACC_STATIC | Opcodes.ACC_PRIVATE
  private val overrideFlags = Opcodes.ACC_FINAL

  private def flags(access: Int, among: Int): String = (access & among).toHexString

  private def isInherited(access: Int): Boolean =
    (access & (Opcodes.ACC_STATIC | Opcodes.ACC_PRIVATE)) == 0

  private def isOurs(name: String): Boolean =
    name.startsWith("neptune/") || name.contains("/neptune/")

  private def isForeign(name: String): Boolean =
    !isOurs(name) && !ClassFiles.isStandard(name) && name.contains('/')

  /** The class of an array's elements, or the class itself. */
  private def element(name: String): String =
    if (name.startsWith("[")) Type.getType(name).getElementType.getInternalName else name

  private def dotted(name: String): String = name.replace('/', '.')

  private def signature(member: String, descriptor: String): String =
    if (!descriptor.startsWith("(")) member
    else Type.getArgumentTypes(descriptor).map(_.getClassName).mkString(s"$member(", ", ", ")")
}
