"""The seam between one function's walk and the whole run: what it reports, reaches and asks."""

import ast
from collections.abc import Mapping
from typing import Protocol

from weftwork_chaincode.lint.sources import FunctionNode, Module
from weftwork_chaincode.lint.values import Value


class Facts(Protocol):
    """What the walk of one function tells the run, and asks of it."""

    def report(self, node: ast.AST, rule: str, message: str) -> None:
        """A finding at a node of the module being walked."""
        ...

    def reach(self, name: str, given: Mapping[str, Value]) -> None:
        """A thing of the sources is used; ``given`` are parameters known to hold sets."""
        ...

    def mention(self, attribute: str) -> None:
        """An attribute of this name is used: any method so named may run."""
        ...

    def resolve(self, module: Module, name: str) -> str:
        """The canonical dotted name of a name of a module's top; empty where it has none."""
        ...

    def kind(self, name: str) -> str:
        """``class``, ``function``, ``variable``; empty for what is not of the sources."""
        ...

    def function(self, name: str) -> FunctionNode | None:
        """The function or method of a canonical name."""
        ...

    def result(self, name: str) -> Value:
        """What a function or method gives."""
        ...

    def variable(self, name: str) -> Value:
        """What a module's variable holds."""
        ...

    def attribute(self, owner: str, name: str) -> Value:
        """What an attribute of a class's instances holds, or its method as a reference."""
        ...
