"""The modules under the lint: read, parsed, and their names resolved across one source root."""

import ast
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from weftwork_chaincode.lint.findings import LintError

RUNTIME = "weftwork_chaincode"
"""The runtime is not followed into: its own tests answer for it."""

Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass
class Module:
    """One file: what each of its names at the top stands for."""

    path: Path
    name: str
    source: str
    tree: ast.Module
    imports: dict[str, str] = field(default_factory=dict[str, str])
    """A name here to the dotted name it was imported as."""

    definitions: dict[str, Definition] = field(default_factory=dict[str, Definition])
    variables: dict[str, list[ast.stmt]] = field(default_factory=dict[str, list[ast.stmt]])
    """A name to the statements that assign it."""

    statements: list[ast.stmt] = field(default_factory=list[ast.stmt])
    """What else runs when the module is imported."""

    @cached_property
    def lines(self) -> list[str]:
        """The lines of its source."""
        return self.source.splitlines()

    @property
    def package(self) -> str:
        """The package that relative imports start from."""
        return self.name if self.path.stem == "__init__" else self.name.rpartition(".")[0]


def source_root(path: Path) -> Path:
    """The folder that a file's top package lies in, or the file itself where it has none."""
    folder = path.parent
    while (folder / "__init__.py").is_file():
        folder = folder.parent
    return folder


class Sources:
    """The modules below one source root, each read when it is first asked for."""

    def __init__(self, root: Path, files: list[Path]) -> None:
        self._root = root
        self._modules: dict[str, Module | None] = {}
        self._found: dict[str, tuple[Module, str] | None] = {}
        self.given: list[Module] = [self._load(file) for file in files]
        self._tops = {module.name.partition(".")[0] for module in self.given}
        self._flat = any("." not in module.name for module in self.given)

    @property
    def modules(self) -> list[Module]:
        """Every module read so far."""
        return [module for module in self._modules.values() if module is not None]

    def module(self, name: str) -> Module | None:
        """The module of a dotted name, where it is one of this root that is to be looked at."""
        if name not in self._modules:
            self._modules[name] = None
            top = name.partition(".")[0]
            base = self._root.joinpath(*name.split("."))
            if top in self._tops or (self._flat and top != RUNTIME):
                for path in (base.with_suffix(".py"), base / "__init__.py"):
                    if path.is_file():
                        self._load(path)
        return self._modules[name]

    def find(self, name: str) -> tuple[Module, str] | None:
        """The module a dotted name is defined in, and the rest of the name in it."""
        if name not in self._found:
            self._found[name] = self._find(name)
        return self._found[name]

    def _find(self, name: str) -> tuple[Module, str] | None:
        parts = name.split(".")
        for cut in range(len(parts), 0, -1):
            module = self.module(".".join(parts[:cut]))
            if module is not None:
                return module, ".".join(parts[cut:])
        return None

    def canonical(self, name: str, depth: int = 0) -> str:
        """The dotted name under which a thing is defined, through re-exports."""
        found = self.find(name)
        if found is None or depth > 20:
            return name
        module, rest = found
        first, _, more = rest.partition(".")
        if first in module.definitions or first in module.variables or first not in module.imports:
            return name
        target = module.imports[first] + (f".{more}" if more else "")
        return self.canonical(target, depth + 1) if target != name else name

    def definition(self, name: str) -> tuple[Module, Definition] | None:
        """A function, class or method of a canonical name."""
        found = self.find(name)
        if found is None or not found[1]:
            return None
        module, rest = found
        first, *more = rest.split(".")
        node = module.definitions.get(first)
        for part in more:
            if not isinstance(node, ast.ClassDef):
                return None
            node = methods(node).get(part)
        return (module, node) if node is not None else None

    def resolve(self, module: Module, name: str) -> str:
        """The canonical dotted name of a name as one module writes it; empty where unknown."""
        first, _, more = name.partition(".")
        tail = f".{more}" if more else ""
        if first in module.definitions or first in module.variables:
            return self.canonical(f"{module.name}.{name}")
        if first in module.imports:
            return self.canonical(module.imports[first] + tail)
        return ""

    def _load(self, path: Path) -> Module:
        parts = list(path.relative_to(self._root).with_suffix("").parts)
        if parts[-1] == "__init__" and len(parts) > 1:
            parts.pop()
        name = ".".join(parts)
        try:
            source = path.read_text(encoding="utf-8")
            module = Module(path, name, source, ast.parse(source, str(path)))
        except OSError as error:
            raise LintError(f"{path}: {error.strerror}") from error
        except SyntaxError as error:
            raise LintError(f"{path}:{error.lineno}: {error.msg}") from error
        except (UnicodeDecodeError, ValueError) as error:
            raise LintError(f"{path}: no Python source: {error}") from error
        self._modules[name] = module
        _bind(module, module.tree.body)
        return module


def methods(node: ast.ClassDef) -> dict[str, Definition]:
    """Functions and classes in a class's body."""
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    return {item.name: item for item in node.body if isinstance(item, kinds)}


def imported(node: ast.Import | ast.ImportFrom, package: str) -> dict[str, str]:
    """What names an import statement makes, and the dotted names they stand for."""
    if isinstance(node, ast.Import):
        return {
            alias.asname or alias.name.partition(".")[0]: (
                alias.name if alias.asname else alias.name.partition(".")[0]
            )
            for alias in node.names
        }
    base = node.module or ""
    if node.level:
        parents = package.split(".") if package else []
        kept = parents[: len(parents) - node.level + 1]
        base = ".".join([*kept, *([base] if base else [])])
    return {alias.asname or alias.name: f"{base}.{alias.name}" for alias in node.names}


def _bind(module: Module, body: list[ast.stmt]) -> None:
    for statement in body:
        match statement:
            case ast.Import() | ast.ImportFrom():
                module.imports.update(imported(statement, module.package))
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                module.definitions[statement.name] = statement
            case ast.If(test=test) if _is_main(test):
                pass
            case ast.If():
                module.statements.append(ast.copy_location(ast.Expr(statement.test), statement))
                _bind(module, [*statement.body, *statement.orelse])
            case ast.Try():
                handled = [item for handler in statement.handlers for item in handler.body]
                _bind(module, [*statement.body, *handled, *statement.orelse, *statement.finalbody])
            case ast.Assign() | ast.AnnAssign() | ast.AugAssign() if _names(statement):
                for name in _names(statement):
                    module.variables.setdefault(name, []).append(statement)
            case ast.Expr(value=ast.Constant()):
                pass
            case _:
                module.statements.append(statement)


def _is_main(test: ast.expr) -> bool:
    names = {node.id for node in ast.walk(test) if isinstance(node, ast.Name)}
    return "__name__" in names


def _names(statement: ast.Assign | ast.AnnAssign | ast.AugAssign) -> list[str]:
    targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
    names: list[str] = []
    for target in targets:
        parts = target.elts if isinstance(target, ast.Tuple | ast.List) else [target]
        names += [part.id for part in parts if isinstance(part, ast.Name)]
    return names
