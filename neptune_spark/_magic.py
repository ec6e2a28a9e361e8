"""`%%priority` for notebooks: `%load_ext neptune_spark`."""

from __future__ import annotations

import ast
import inspect
from types import CodeType
from typing import Any

from neptune_spark._errors import SettingError
from neptune_spark._priority import priority


def load_ipython_extension(shell: Any) -> None:
    """Give a notebook the cell magic `%%priority`.

    Parameters
    ----------
    shell : IPython.core.interactiveshell.InteractiveShell
    """
    from IPython.core.error import UsageError
    from IPython.core.magic import no_var_expand

    @no_var_expand
    def run(line: str, cell: str) -> Any:
        """Run the cell, and give the jobs that it submits a priority.

        Usage: %%priority LEVEL, which is low, normal, high or a 32-bit integer.
        """
        if not line.strip():
            raise UsageError("%%priority needs a level: %%priority low")
        try:
            block = priority(line.strip())
        except SettingError as e:
            raise UsageError(str(e)) from None
        body, value = _compiled(shell, cell)
        if any(code.co_flags & inspect.CO_COROUTINE for code in (body, value)):
            raise UsageError(
                "%%priority can't run a cell that awaits something outside of functions: use "
                f"`with neptune_spark.priority({line.strip()!r}):` in it."
            )
        with block:
            exec(body, shell.user_ns)
            found = eval(value, shell.user_ns)
        return None if cell.rstrip().endswith(";") else found

    shell.register_magic_function(run, "cell", "priority")


def _compiled(shell: Any, cell: str) -> tuple[CodeType, CodeType]:
    """Compile a cell as the shell would, magics and all: its body, and its last expression.

    To be run within the magic, not by `run_cell`, which shows an error and goes on: the notebook
    must stop.
    """
    source = shell.transform_cell(cell)
    file = shell.compile.cache(source)
    tree = shell.transform_ast(ast.parse(source, file))
    value: ast.expr = ast.Constant(None, lineno=1, col_offset=0)
    if tree.body and isinstance(tree.body[-1], ast.Expr):
        value = tree.body.pop().value
    flags = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
    return (
        compile(tree, file, "exec", flags),
        compile(ast.Expression(value), file, "eval", flags),
    )
