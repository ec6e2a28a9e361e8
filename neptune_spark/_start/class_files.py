"""What a compiled Java or Scala class says: its members, what it refers to, its instructions.

Reads the format of the Java Virtual Machine Specification, chapter 4, as far as we need it. Names
are as the JVM has them: `org/apache/spark/SparkEnv`, descriptors like `(I)Ljava/lang/String;`.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Any, NamedTuple, Tuple

PRIVATE, STATIC, FINAL, ABSTRACT, SYNTHETIC = 0x0002, 0x0008, 0x0010, 0x0400, 0x1000

# Sizes of the pool's constants after their tags, but for those of type Utf8, by their tags.
_SIZES = {3: 4, 4: 4, 5: 8, 6: 8, 7: 2, 8: 2, 9: 4, 10: 4, 11: 4, 12: 4, 15: 3, 16: 2, 17: 4, 18: 4}
_UTF8, _CLASS, _STRING, _NAME_AND_TYPE = 1, 7, 8, 12
# A long or a double counts as two constants.
_WIDE = (5, 6)
_MEMBERS = {9: "field", 10: "method", 11: "method"}
_NUMBERS = {3: ">i", 4: ">f", 5: ">q", 6: ">d"}

LDC, LDC_W = 18, 19
_TABLESWITCH, _LOOKUPSWITCH, _WIDE_PREFIX, _IINC = 170, 171, 196, 132
# How many bytes of operands follow an opcode; those of the pool's constants are apart.
_OPERANDS = {
    **dict.fromkeys([16, *range(21, 26), *range(54, 59), 169, 188], 1),
    **dict.fromkeys([17, _IINC], 2),
}
_BRANCHES = {**dict.fromkeys([*range(153, 169), 198, 199], ">h"), 200: ">i", 201: ">i"}
_OF_CONSTANTS = {
    **dict.fromkeys([LDC_W, 20, *range(178, 185), 187, 189, 192, 193], 0),
    **dict.fromkeys([185, 186], 2),
    197: 1,
}

# A constant of the pool, resolved: its kind, and what it consists of, such as ("class", name),
# ("string", text), ("method", owner, name, descriptor).
Constant = Tuple[Any, ...]


class Member(NamedTuple):
    """A field or a method that a class declares.

    Attributes
    ----------
    name, descriptor : str
        As the JVM has them.
    access : int
        Its access flags.
    code : bytes | None
        A method's instructions; None of a field and of an abstract or native method.
    """

    name: str
    descriptor: str
    access: int
    code: bytes | None


class Instruction(NamedTuple):
    """One instruction of a method.

    Attributes
    ----------
    position : int
        Where it is in the code.
    opcode : int
        What it does.
    constant : Constant | None
        The constant of the pool that it names.
    operands : bytes
        Its other operands.
    targets : tuple[int, ...]
        Positions to which it may jump.
    """

    position: int
    opcode: int
    constant: Constant | None = None
    operands: bytes = b""
    targets: tuple[int, ...] = ()


class ClassFile:
    """One class.

    Parameters
    ----------
    data : bytes
        The content of a file *.class.

    Attributes
    ----------
    name, parent : str
        Its own name, and that of the class that it extends (None of Object).
    interfaces : list[str]
        Names of the interfaces that it implements.
    access : int
        Its access flags.
    fields, methods : list[Member]
        What it declares.
    constants_end : int
        Where in the file the pool of constants ends.

    Raises
    ------
    ValueError
        When it is no class file.
    """

    def __init__(self, data: bytes) -> None:
        if data[:4] != b"\xca\xfe\xba\xbe":
            raise ValueError("no class file")
        self.data = data
        self._at: list[int] = []
        end = self.constants_end = self._read_pool()
        self.access, this, parent, count = struct.unpack_from(">4H", data, end)
        self.name = self._name(this)
        self.parent = self._name(parent) if parent else None
        end += 8
        self.interfaces = [self._name(i) for i in struct.unpack_from(f">{count}H", data, end)]
        end += 2 * count
        self.fields, end = self._read_members(end)
        self.methods, end = self._read_members(end)
        self._bootstraps = self._read_bootstraps(end)

    def constants(self) -> Iterator[Constant]:
        """Yield what the class refers to: classes, strings, numbers, fields and methods."""
        for index, at in enumerate(self._at):
            if at and self.data[at] not in (_UTF8, _NAME_AND_TYPE):
                yield self.constant(index)

    def constant(self, index: int) -> Constant:
        """Return a constant of the pool."""
        at = self._at[index]
        tag = self.data[at]
        if tag in (_CLASS, _STRING, 16):
            kind = {_CLASS: "class", _STRING: "string"}.get(tag, "type")
            return (kind, self._text(self._short(at + 1)))
        if tag in _MEMBERS:
            pair = self._name_and_type(self._short(at + 3))
            return (_MEMBERS[tag], self._name(self._short(at + 1)), *pair)
        if tag in _NUMBERS:
            # The bytes: a NaN equals nothing.
            return ("number", tag, self.data[at + 1 : at + 1 + _SIZES[tag]])
        if tag == 15:
            return ("handle", self.data[at + 1], self.constant(self._short(at + 2)))
        if tag in (17, 18):
            bootstrap = self._bootstraps[self._short(at + 1)]
            arguments = tuple(self.constant(i) for i in bootstrap)
            return ("dynamic", *self._name_and_type(self._short(at + 3)), arguments)
        raise ValueError(f"{self.name}: a constant of type {tag}")

    def instructions(self, method: Member) -> Iterator[Instruction]:
        """Yield the instructions of a method, in their order."""
        code, at = method.code or b"", 0
        while at < len(code):
            found, at = self._instruction(code, at)
            yield found

    def _instruction(self, code: bytes, at: int) -> tuple[Instruction, int]:
        opcode, start = code[at], at + 1
        if opcode == LDC:
            return Instruction(at, opcode, self.constant(code[start])), start + 1
        if opcode in _OF_CONSTANTS:
            constant = self.constant(int.from_bytes(code[start : start + 2], "big"))
            end = start + 2 + _OF_CONSTANTS[opcode]
            return Instruction(at, opcode, constant, code[start + 2 : end]), end
        if opcode in _BRANCHES:
            (offset,) = struct.unpack_from(_BRANCHES[opcode], code, start)
            end = start + struct.calcsize(_BRANCHES[opcode])
            return Instruction(at, opcode, targets=(at + offset,)), end
        if opcode in (_TABLESWITCH, _LOOKUPSWITCH):
            return _switch(code, at)
        if opcode == _WIDE_PREFIX:
            end = start + (5 if code[start] == _IINC else 3)
        else:
            end = start + _OPERANDS.get(opcode, 0)
        return Instruction(at, opcode, operands=code[start:end]), end

    def _read_pool(self) -> int:
        count, at = self._short(8), 10
        self._at = [0] * count
        index = 1
        while index < count:
            self._at[index] = at
            tag = self.data[at]
            at += 1 + (2 + self._short(at + 1) if tag == _UTF8 else _SIZES[tag])
            index += 2 if tag in _WIDE else 1
        return at

    def _read_members(self, at: int) -> tuple[list[Member], int]:
        members = []
        count, at = self._short(at), at + 2
        for _ in range(count):
            access, name, descriptor = struct.unpack_from(">3H", self.data, at)
            attributes, at = self._read_attributes(at + 6)
            code = attributes.get("Code")
            if code is not None:
                # It begins with the greatest depth of the stack and the number of local variables.
                length = int.from_bytes(code[4:8], "big")
                code = code[8 : 8 + length]
            members.append(Member(self._text(name), self._text(descriptor), access, code))
        return members, at

    def _read_attributes(self, at: int) -> tuple[dict[str, bytes], int]:
        found = {}
        count, at = self._short(at), at + 2
        for _ in range(count):
            name, length = struct.unpack_from(">HI", self.data, at)
            found[self._text(name)] = self.data[at + 6 : at + 6 + length]
            at += 6 + length
        return found, at

    def _read_bootstraps(self, at: int) -> list[tuple[int, ...]]:
        """Return the arguments of each bootstrap method, after the method itself."""
        attribute = self._read_attributes(at)[0].get("BootstrapMethods", b"\0\0")
        found, at = [], 2
        for _ in range(int.from_bytes(attribute[:2], "big")):
            method, count = struct.unpack_from(">2H", attribute, at)
            found.append((method, *struct.unpack_from(f">{count}H", attribute, at + 4)))
            at += 4 + 2 * count
        return found

    def _short(self, at: int) -> int:
        return int.from_bytes(self.data[at : at + 2], "big")

    def _text(self, index: int) -> str:
        at = self._at[index]
        # The JVM's own UTF-8 differs in what no name has.
        return self.data[at + 3 : at + 3 + self._short(at + 1)].decode("utf-8", "replace")

    def _name(self, of_class: int) -> str:
        return self._text(self._short(self._at[of_class] + 1))

    def _name_and_type(self, index: int) -> tuple[str, str]:
        at = self._at[index]
        return self._text(self._short(at + 1)), self._text(self._short(at + 3))


def _switch(code: bytes, at: int) -> tuple[Instruction, int]:
    # Its operands begin at a multiple of four.
    start = (at + 4) & ~3
    default, first, second = struct.unpack_from(">3i", code, start)
    if code[at] == _TABLESWITCH:
        count, start = second - first + 1, start + 12
        offsets = struct.unpack_from(f">{count}i", code, start)
        keys = struct.pack(">2i", first, second)
        end = start + 4 * count
    else:
        pairs = struct.unpack_from(f">{2 * first}i", code, start + 8)
        offsets, keys = pairs[1::2], struct.pack(f">{first}i", *pairs[::2])
        end = start + 8 + 8 * first
    targets = tuple(at + offset for offset in (default, *offsets))
    return Instruction(at, code[at], operands=keys, targets=targets), end
