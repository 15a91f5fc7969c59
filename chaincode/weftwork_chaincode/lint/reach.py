"""What contracts reach: from their functions to everything of the same sources that may run."""

import ast
from collections import deque
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from weftwork_chaincode.lint.findings import Finding
from weftwork_chaincode.lint.names import words
from weftwork_chaincode.lint.sources import (
    RUNTIME,
    Definition,
    FunctionNode,
    Module,
    Sources,
    methods,
)
from weftwork_chaincode.lint.statements import Walker
from weftwork_chaincode.lint.values import UNKNOWN, Value, annotated, dotted, joined

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_ITEMS_OF = (f"{RUNTIME}.",)


@dataclass(frozen=True)
class _Unit:
    """Something to walk once: a function, a class's body, a variable, a module's other lines."""

    name: str
    reached: str
    given: tuple[tuple[str, Value], ...] = ()


class Reach:
    """One run over one source root."""

    def __init__(self, sources: Sources, shown: Mapping[str, str]) -> None:
        self.findings: dict[tuple[str, int, int, str], Finding] = {}
        self.walked: set[str] = set()
        """Names of the modules of which something was walked."""

        self._sources = sources
        self._shown = shown
        self._todo: deque[_Unit] = deque()
        self._seen: set[tuple[str, tuple[tuple[str, Value], ...]]] = set()
        self._mentioned: set[str] = set()
        self._methods: dict[str, list[_Unit]] = {}
        self._results: dict[str, Value] = {}
        self._variables: dict[str, Value] = {}
        self._attributes: dict[str, dict[str, Value]] = {}
        self._kinds: dict[str, str] = {}
        self._muted = 0
        self._module: Module | None = None
        self._reached = ""

    # --- what is asked for

    def contracts(self) -> list[str]:
        """Starts from the contracts of the given modules; their names."""
        found: list[str] = []
        for module in self._sources.given:
            for name, node in module.definitions.items():
                if isinstance(node, ast.ClassDef):
                    qualified = f"{module.name}.{name}"
                    functions = self._functions(module, qualified, node)
                    if functions or self.is_contract(qualified):
                        found.append(qualified)
                        self._add(_Unit(qualified, name))
                        for function in functions:
                            self._add(_Unit(f"{qualified}.{function}", f"{name}.{function}"))
        return found

    def everything(self, module: Module) -> None:
        """Starts from all that a module has."""
        self._touch(module, "")
        for name, node in [*module.definitions.items()]:
            self._add(_Unit(f"{module.name}.{name}", ""))
            if isinstance(node, ast.ClassDef):
                for method in methods(node):
                    self._add(_Unit(f"{module.name}.{name}.{method}", ""))
        for name in module.variables:
            self._add(_Unit(f"{module.name}.{name}", ""))

    def run(self) -> None:
        """Walks until nothing new is reached."""
        while self._todo:
            unit = self._todo.popleft()
            self._walk(unit)

    # --- Facts

    def report(self, node: ast.AST, rule: str, message: str) -> None:
        """See Facts."""
        if self._muted or self._module is None:
            return
        line = getattr(node, "lineno", 1)
        column = _column(self._module, line, getattr(node, "col_offset", 0))
        path = self._shown.get(str(self._module.path), str(self._module.path))
        key = (path, line, column, rule)
        self.findings.setdefault(key, Finding(*key, message, self._reached))

    def reach(self, name: str, given: Mapping[str, Value]) -> None:
        """See Facts."""
        if not self._muted:
            self._add(_Unit(name, self._reached, tuple(sorted(given.items(), key=str))))

    def mention(self, attribute: str) -> None:
        """See Facts."""
        if not self._muted and attribute not in self._mentioned:
            self._mentioned.add(attribute)
            for unit in self._methods.pop(attribute, []):
                self._add(unit)

    def resolve(self, module: Module, name: str) -> str:
        """See Facts."""
        return self._sources.resolve(module, name)

    def kind(self, name: str) -> str:
        """See Facts."""
        if name not in self._kinds:
            self._kinds[name] = self._kind(name)
        return self._kinds[name]

    def _kind(self, name: str) -> str:
        if not name or name.startswith(("?", "builtins.")):
            return ""
        found = self._sources.definition(name)
        if found is not None:
            return "class" if isinstance(found[1], ast.ClassDef) else "function"
        place = self._sources.find(name)
        if place is not None and place[1] in place[0].variables:
            return "variable"
        return ""

    def function(self, name: str) -> FunctionNode | None:
        """See Facts."""
        found = self._sources.definition(name) if self.kind(name) == "function" else None
        return found[1] if found is not None and isinstance(found[1], _FUNCTIONS) else None

    def result(self, name: str) -> Value:
        """See Facts."""
        node = self.function(name)
        place = self._sources.find(name)
        if node is None or place is None:
            return UNKNOWN
        if name not in self._results:
            self._results[name] = UNKNOWN
            module = place[0]
            promised = annotated(node.returns, lambda text: self._named(module, text))
            if promised == UNKNOWN and node.returns is None:
                promised = joined(self._muted_walk(module, node, self._owner(name)).returned)
            self._results[name] = promised
        return self._results[name]

    def variable(self, name: str) -> Value:
        """See Facts."""
        if name not in self._variables:
            self._variables[name] = UNKNOWN
            place = self._sources.find(name)
            if place is not None:
                module, short = place
                walker = self._walker(module)
                with self._muting(module):
                    walker.body(module.variables.get(short, []))
                self._variables[name] = walker.expressions.names.get(short, UNKNOWN)
        return self._variables[name]

    def attribute(self, owner: str, name: str) -> Value:
        """See Facts."""
        for base in self.bases(owner):
            found = self._sources.definition(f"{base}.{name}")
            if found is not None:
                _, node = found
                reference = Value(f"{base}.{name}", ref=True)
                if isinstance(node, _FUNCTIONS) and _is_property(node):
                    self.reach(reference.name, {})
                    return self.result(reference.name)
                self.reach(reference.name, {})
                return reference
            held = self._fields(base).get(name, UNKNOWN)
            if held != UNKNOWN:
                return held
        outer = next((base for base in self.bases(owner) if not self.kind(base)), "?")
        return Value(f"{outer}.{name}", ref=True)

    def bases(self, name: str) -> list[str]:
        """A class and its bases, nearest first, those outside of the sources included."""
        found: list[str] = []
        todo = [name]
        while todo:
            current = todo.pop(0)
            if current in found:
                continue
            found.append(current)
            known = self._sources.definition(current)
            if known is not None and isinstance(known[1], ast.ClassDef):
                todo += [self._named(known[0], dotted(base)) for base in known[1].bases]
        return [base for base in found if base]

    def is_contract(self, name: str) -> bool:
        """Whether a class derives from the runtime's Contract."""
        return any(
            base.startswith(f"{RUNTIME}.") and base.endswith(".Contract")
            for base in self.bases(name)[1:]
        )

    # --- inside

    def _functions(self, module: Module, qualified: str, node: ast.ClassDef) -> list[str]:
        """The methods of a class that the runtime calls."""
        found: list[str] = []
        for name, method in methods(node).items():
            if not isinstance(method, _FUNCTIONS):
                continue
            marks = [item.func if isinstance(item, ast.Call) else item
                     for item in method.decorator_list]  # fmt: skip
            marked = any(self._named(module, dotted(mark)).startswith(_ITEMS_OF) for mark in marks)
            arguments = method.args.args
            stub = name == "invoke" and any(
                self._named(module, dotted(item.annotation)).endswith("chaincode.Stub")
                or self._named(module, dotted(item.annotation)).endswith("stub.Stub")
                for item in arguments
                if item.annotation is not None
            )
            if marked or stub:
                found.append(name)
        return found

    def _named(self, module: Module, text: str) -> str:
        found = self.resolve(module, text)
        return found or (f"builtins.{text}" if text in _BUILTIN_TYPES else "")

    def _owner(self, name: str) -> str:
        owner = name.rpartition(".")[0]
        return owner if self.kind(owner) == "class" else ""

    def _fields(self, name: str) -> dict[str, Value]:
        """What a class's body and its methods give attributes."""
        if name in self._attributes:
            return self._attributes[name]
        held = self._attributes[name] = {}
        found = self._sources.definition(name)
        if found is None or not isinstance(found[1], ast.ClassDef):
            return held
        module, node = found[0], found[1]
        walker = self._walker(module)
        with self._muting(module):
            walker.body(_class_lines(node))
        held.update(walker.expressions.names)
        for method in methods(node).values():
            if isinstance(method, _FUNCTIONS):
                for attribute, values in self._muted_walk(module, method, name).attributes.items():
                    held[attribute] = joined([held.get(attribute, UNKNOWN), *values])
        return held

    @contextmanager
    def _muting(self, module: Module) -> Generator[None]:
        """While it lasts, walks only learn: nothing is reported nor reached."""
        kept, self._module = self._module, module
        self._muted += 1
        try:
            yield
        finally:
            self._muted -= 1
            self._module = kept

    def _muted_walk(self, module: Module, node: FunctionNode, owner: str) -> Walker:
        walker = self._walker(module, owner)
        with self._muting(module):
            walker.function(node, {})
        return walker

    def _walker(self, module: Module, owner: str = "") -> Walker:
        return Walker(self, module, owner, bool(owner) and self.is_contract(owner))

    def _add(self, unit: _Unit) -> None:
        key = (unit.name, unit.given)
        if key not in self._seen and self.kind(unit.name):
            self._seen.add(key)
            self._todo.append(unit)

    def _touch(self, module: Module, reached: str) -> None:
        """Walks the lines that run when a module is imported, once."""
        if module.name in self.walked:
            return
        self.walked.add(module.name)
        self._module, self._reached = module, reached
        self._walker(module).body(module.statements)

    def _walk(self, unit: _Unit) -> None:
        place = self._sources.find(unit.name)
        if place is None:
            return
        module, short = place
        self._touch(module, unit.reached)
        self._module, self._reached = module, unit.reached
        found = self._sources.definition(unit.name)
        if found is None:
            self._walker(module).body(module.variables.get(short, []))
        elif isinstance(found[1], _FUNCTIONS):
            self._walker(module, self._owner(unit.name)).function(found[1], dict(unit.given))
        else:
            self._class(unit, module, found[1])

    def _class(self, unit: _Unit, module: Module, node: Definition) -> None:
        if not isinstance(node, ast.ClassDef):
            return
        walker = self._walker(module)
        for part in [*node.decorator_list, *(item.value for item in node.keywords), *node.bases]:
            walker.expressions.value(part)
        walker.body(_class_lines(node))
        for name, method in methods(node).items():
            called = Value(f"{unit.name}.{name}")
            reached = _Unit(called.name, unit.reached)
            special = name.startswith("__") and name.endswith("__")
            if special or name in self._mentioned or not isinstance(method, _FUNCTIONS):
                self._add(reached)
            else:
                self._methods.setdefault(name, []).append(reached)


_BUILTIN_TYPES = words("set frozenset dict list tuple str int bytes float bool object")


def _class_lines(node: ast.ClassDef) -> list[ast.stmt]:
    return [item for item in node.body if not isinstance(item, (*_FUNCTIONS, ast.ClassDef))]


def _is_property(node: FunctionNode) -> bool:
    return any(dotted(item).rpartition(".")[2] in ("property", "cached_property")
               for item in node.decorator_list)  # fmt: skip


def _column(module: Module, line: int, offset: int) -> int:
    lines = module.lines
    text = lines[line - 1] if line <= len(lines) else ""
    return len(text.encode()[:offset].decode("utf-8", "replace")) + 1
