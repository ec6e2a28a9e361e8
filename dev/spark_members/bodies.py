"""A short hash of what a method does, to tell that it does something else in another release."""

from __future__ import annotations

import hashlib
import re

from neptune_spark._start.class_files import LDC, LDC_W, PRIVATE, SYNTHETIC, ClassFile, Member

# Compilers number what has no name, and number it anew when there is one more elsewhere.
_NUMBER = re.compile(r"\$\d+")


def body_hash(owner: ClassFile, method: Member) -> str:
    """Eight digits for the method, its lambdas and the private methods of its class that it uses.

    It does not depend on the constant pool, on line numbers, or on the numbers of lambdas.
    """
    return _Bodies(owner).of(method)


class _Bodies:
    def __init__(self, owner: ClassFile) -> None:
        self._owner = owner
        self._methods = {(m.name, m.descriptor): m for m in owner.methods}
        self._found: dict[tuple[str, str], str] = {}

    def of(self, method: Member) -> str:
        key = (method.name, method.descriptor)
        if key not in self._found:
            # What calls itself, by whatever way, has this in the place of its own hash.
            self._found[key] = "itself"
            digest = hashlib.sha256("\n".join(self._lines(method)).encode())
            self._found[key] = digest.hexdigest()[:8]
        return self._found[key]

    def _lines(self, method: Member) -> list[str]:
        instructions = list(self._owner.instructions(method))
        # Jumps by how many instructions: one that loads a constant is longer in a larger pool.
        at = {each.position: number for number, each in enumerate(instructions)}
        lines = []
        for each in instructions:
            opcode = LDC if each.opcode == LDC_W else each.opcode
            constant = "" if each.constant is None else self._text(each.constant)
            targets = [at[target] for target in each.targets]
            # The second operand of invokeinterface counts arguments, as the descriptor does.
            lines.append(f"{opcode} {constant} {each.operands.hex()} {targets}")
        return lines

    def _text(self, constant: tuple[object, ...]) -> str:
        kind, *parts = constant
        if kind == "method" and parts[0] == self._owner.name:
            called = self._methods.get((str(parts[1]), str(parts[2])))
            if called is not None and called.access & (PRIVATE | SYNTHETIC):
                return f"{{{self.of(called)}}}"
        texts = [
            self._text(part)
            if isinstance(part, tuple) and part and isinstance(part[0], str)
            else self._all(part)
            for part in parts
        ]
        return _NUMBER.sub("$#", f"{kind} {' '.join(texts)}")

    def _all(self, part: object) -> str:
        if isinstance(part, tuple):
            return " ".join(self._text(each) for each in part)
        return repr(part)
