"""`%%priority` for notebooks: `%load_ext neptune_spark`."""

from __future__ import annotations

import ast
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

        Usage: %%priority LEVEL, which is low, normal, high or an integer of 32 bits.
        """
        try:
            block = priority(line.strip())
        except SettingError as e:
            raise UsageError(str(e)) from None
        with block:
            return _run(shell, cell)

    shell.register_magic_function(run, "cell", "priority")


def _run(shell: Any, cell: str) -> Any:
    """Run a cell's code as the shell would, magics and all; its last expression is the value.

    Within the magic, not by `run_cell`, which shows an error and goes on: the notebook must stop.
    """
    source = shell.transform_cell(cell)
    file = shell.compile.cache(source)
    tree = shell.transform_ast(ast.parse(source, file))
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    exec(compile(tree, file, "exec"), shell.user_ns)
    if last is None:
        return None
    value = eval(compile(ast.Expression(last.value), file, "eval"), shell.user_ns)
    return None if cell.rstrip().endswith(";") else value
