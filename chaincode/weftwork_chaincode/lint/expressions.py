"""Expressions: what each gives, and what in it differs between peers."""

import ast
import builtins
from collections.abc import Generator
from contextlib import contextmanager

from weftwork_chaincode.lint import calls
from weftwork_chaincode.lint.facts import Facts
from weftwork_chaincode.lint.names import rule_of
from weftwork_chaincode.lint.sources import Module
from weftwork_chaincode.lint.values import (
    BYTES,
    DICT,
    FLOAT,
    INT,
    LIST,
    SET,
    STR,
    STREAM,
    UNKNOWN,
    VIEW,
    Value,
    annotated,
    dotted,
    instance,
    joined,
)

_EXACT = ("decimal.Decimal", "fractions.Fraction", "pathlib.Path", "pathlib.PurePath")
_SET_OPERATORS = (ast.BitOr, ast.BitAnd, ast.Sub, ast.BitXor)


class Evaluator:
    """Walks expressions of one function, with what its names are known to hold."""

    def __init__(self, facts: Facts, module: Module, names: dict[str, Value]) -> None:
        self.facts = facts
        self.module = module
        self.names: dict[str, Value] = names
        self.globals: set[str] = set()
        """Names that a ``global`` statement makes the module's."""

        self.imported: set[str] = set()
        """Names that the function imports itself."""

        self.kept: set[str] = set()
        """Parameters whose default is one object for all calls."""

        self.instance = ""
        """The name of ``self`` in a method; empty where it makes the instance."""

        self.in_contract = False
        self.inside = False
        """Whether the walk is in a function, not at the top of a module or class."""

    # --- names

    def resolve(self, name: str) -> str:
        """A dotted name as the module means it, builtins included; empty where it is local."""
        first = name.partition(".")[0]
        if not name or (first in self.names and not self.names[first].ref):
            return ""
        if first in self.names:
            return self.names[first].name + name[len(first) :]
        found = self.facts.resolve(self.module, name)
        if not found and hasattr(builtins, first):
            return f"builtins.{name}"
        return found

    def annotation(self, node: ast.expr | None) -> Value:
        """The value an annotation promises; floats in it are found, classes in it reached."""
        if node is None:
            return UNKNOWN
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            try:
                parsed = ast.parse(node.value, mode="eval").body
            except SyntaxError:
                return UNKNOWN
            for part in ast.walk(parsed):
                ast.copy_location(part, node)
            node = parsed
        for part in ast.walk(node):
            if isinstance(part, ast.Name | ast.Attribute):
                name = self.resolve(dotted(part))
                if name == "builtins.float":
                    self.facts.report(part, "float", "a float is declared")
                elif name and self.facts.kind(name):
                    self.facts.reach(name, {})
        return annotated(node, self.resolve)

    def is_global(self, node: ast.expr) -> bool:
        """Whether an expression is a variable of the module's top."""
        name = dotted(node)
        if not name or name.partition(".")[0] in self.names:
            return False
        return self.facts.kind(self.resolve(name)) == "variable"

    def outlives(self, node: ast.expr) -> bool:
        """Whether what an expression names is still there for the next transaction."""
        root = node
        while isinstance(root, ast.Attribute | ast.Subscript):
            root = root.value
        if not self.inside or not isinstance(root, ast.Name):
            return False
        if root.id in self.kept and root is node:
            return True
        if root.id == self.instance:
            return self.in_contract or self.names.get(root.id, UNKNOWN).ref
        if self.is_global(root):
            return True
        name = self.resolve(root.id)
        return bool(name) and self.facts.kind(name) == "class"

    def _named(self, node: ast.expr, name: str) -> Value:
        """The value of a dotted name that is not local; reports it where a rule names it."""
        kind = self.facts.kind(name)
        if kind:
            self.facts.reach(name, {})
            return self.facts.variable(name) if kind == "variable" else Value(name, ref=True)
        owner, _, attribute = name.rpartition(".")
        if owner and self.facts.kind(owner) in ("class", "variable"):
            self.facts.reach(owner, {})
            self.facts.mention(attribute)
            if self.facts.kind(owner) == "variable":
                return self._member(node, self.facts.variable(owner), attribute)
            return self.facts.attribute(owner, attribute)
        if name not in calls.DECIDED_BY_ARGUMENTS:
            self.check(node, name)
        return Value(name, ref=True)

    def check(self, node: ast.AST, name: str) -> None:
        """Reports a dotted name where a rule names it."""
        rule = rule_of(name)
        if rule and "." in name:  # a module's bare name is used for something of it
            shown = name.removeprefix("builtins.").removeprefix("?")
            self.facts.report(node, rule, f"{shown} is used")

    # --- expressions

    def value(self, node: ast.expr) -> Value:
        """What an expression gives."""
        match node:
            case ast.Constant(value=constant):
                return self._constant(node, constant)
            case ast.Name(id=name) if name in self.imported and name in self.names:
                return self._named(node, self.names[name].name)
            case ast.Name(id=name) if name in self.names:
                return self.names[name]
            case ast.Name(id=name):
                found = self.resolve(name)
                return self._named(node, found) if found else UNKNOWN
            case ast.Attribute():
                return self._attribute(node)
            case ast.Call():
                return calls.call(self, node)
            case ast.BinOp(left=left, op=op, right=right):
                return self.operated(node, self.value(left), op, self.value(right))
            case ast.BoolOp(values=parts):
                return joined([self.value(part) for part in parts])
            case ast.IfExp(test=test, body=body, orelse=orelse):
                self.value(test)
                return joined([self.value(body), self.value(orelse)])
            case ast.NamedExpr(target=target, value=inner):
                self.names[target.id] = self.value(inner)
                return self.names[target.id]
            case ast.Await(value=inner):
                return self.value(inner)
            case ast.Set(elts=elements):
                return Value(SET.name, tuple(self.elements(elements, loose=True)))
            case ast.List(elts=elements) | ast.Tuple(elts=elements):
                return Value(LIST.name, tuple(self.elements(elements)))
            case ast.Dict(keys=keys, values=values):
                return self._dict(keys, values)
            case ast.SetComp() | ast.ListComp() | ast.GeneratorExp() | ast.DictComp():
                return self._comprehension(node)
            case ast.JoinedStr(values=parts):
                for part in parts:
                    self.value(part)
                return STR
            case ast.FormattedValue(value=inner, format_spec=spec):
                return self._formatted(node, inner, spec)
            case ast.Subscript(value=base, slice=inner):
                return self._subscript(base, inner)
            case ast.Lambda(args=args, body=body):
                with self.inner({arg.arg: UNKNOWN for arg in args.args + args.kwonlyargs}):
                    return Value("?", (self.value(body),), ref=True)
            case ast.Starred(value=inner):
                return self.iterated(inner, self.value(inner), "is unpacked with *")
            case ast.YieldFrom(value=inner):
                self.iterated(inner, self.value(inner), "is iterated by yield from")
                return UNKNOWN
            case ast.Compare(left=left, comparators=others):
                for part in (left, *others):
                    if self.resolve(dotted(part)) != "builtins.float":  # `type(x) is float`
                        self.value(part)
                return Value("builtins.bool")
            case ast.UnaryOp(op=ast.Not()):
                self._parts(node)
                return Value("builtins.bool")
            case ast.UnaryOp(operand=operand):
                return self.value(operand)
            case _:
                self._parts(node)
                return UNKNOWN

    def iterated(self, node: ast.expr, value: Value, how: str) -> Value:
        """An element of what is iterated here in an order that shows; sets are reported."""
        if value.unordered:
            self.facts.report(node, "set-order", f"a set {how}")
        return value.element

    def elements(self, nodes: list[ast.expr], *, loose: bool = False) -> list[Value]:
        """What a display or a call is given; ``loose`` where the order does not show."""
        found: list[Value] = []
        for node in nodes:
            if loose and isinstance(node, ast.Starred):
                found.append(self.value(node.value).element)
            else:
                found.append(self.value(node))
        return found

    def operated(self, node: ast.AST, left: Value, op: ast.operator, right: Value) -> Value:
        """The result of a binary operator."""
        either = (left, right)
        if isinstance(op, ast.Div):
            if any(value.name in _EXACT for value in either):
                return left if left.name in _EXACT else right
            if any(value.name == STR.name for value in either):
                return UNKNOWN  # a path's
            self.facts.report(node, "float", "/ gives a float")
            return FLOAT
        if isinstance(op, _SET_OPERATORS) and any(
            value.name in (SET.name, VIEW.name) and not value.ref for value in either
        ):
            return Value(SET.name, left.of or right.of)
        if isinstance(op, ast.Pow) and isinstance(node, ast.BinOp):
            exponent = node.right
            if isinstance(exponent, ast.UnaryOp) and isinstance(exponent.op, ast.USub):
                self.facts.report(node, "float", "a negative power gives a float")
                return FLOAT
        if isinstance(op, ast.Mod) and left.name == STR.name:
            if right.unordered:
                self.facts.report(node, "set-order", "a set is written out as text")
            return STR
        return next((value for value in either if value != UNKNOWN), UNKNOWN)

    @contextmanager
    def inner(self, names: dict[str, Value]) -> Generator[None]:
        """A scope within this one; its names end with it."""
        outer = self.names
        self.names = {**outer, **names}
        try:
            yield
        finally:
            self.names = outer

    def bind(self, target: ast.expr, value: Value) -> None:
        """Gives a target of an assignment, a loop or ``with`` its value."""
        match target:
            case ast.Name(id=name):
                if name not in self.globals:
                    self.names[name] = value
            case ast.Tuple(elts=parts) | ast.List(elts=parts):
                exact = len(value.of) == len(parts) and value.name == LIST.name
                for place, part in enumerate(parts):
                    self.bind(part, value.of[place] if exact else value.element)
            case ast.Starred(value=inner):
                self.bind(inner, Value(LIST.name, value.of[:1]))
            case _:
                pass

    # --- kinds of expressions

    def _constant(self, node: ast.expr, constant: object) -> Value:
        if isinstance(constant, float | complex):
            self.facts.report(node, "float", f"{constant!r} is a float")
            return FLOAT
        return Value(f"builtins.{type(constant).__name__}".replace("NoneType", "None"))

    def _dict(self, keys: list[ast.expr | None], values: list[ast.expr]) -> Value:
        firsts = [self.value(key) for key in keys if key is not None]
        seconds = [self.value(value) for value in values]
        return Value(DICT.name, (joined(firsts), joined(seconds)))

    def _attribute(self, node: ast.Attribute) -> Value:
        name = self.resolve(dotted(node))
        if name and not self.is_global(node.value):
            return self._named(node, name)
        return self._member(node, self.value(node.value), node.attr)

    def _member(self, node: ast.expr, base: Value, attribute: str) -> Value:
        self.facts.mention(attribute)
        if not base.ref and self.facts.kind(base.name) == "class":
            return self.facts.attribute(base.name, attribute)
        name = f"{base.name}.{attribute}"
        if base.ref and self.facts.kind(name):
            return self._named(node, name)
        if name not in calls.DECIDED_BY_ARGUMENTS:
            if base.ref or not rule_of(base.name):  # else it was reported where it was made
                self.check(node, name)
            if not rule_of(name):
                self.check(node, f"?.{attribute}")
        return Value(name, base.of, ref=True)

    def _subscript(self, base: ast.expr, inner: ast.expr) -> Value:
        value = self.value(base)
        self.value(inner)
        if value.ref:
            return value
        if isinstance(inner, ast.Slice):
            return value
        if value.name == DICT.name:
            return value.of[1] if len(value.of) > 1 else UNKNOWN
        if value.name == LIST.name and isinstance(inner, ast.Constant):
            place = inner.value
            if isinstance(place, int) and 0 <= place < len(value.of):
                return value.of[place]
        return value.element

    def _formatted(self, node: ast.expr, inner: ast.expr, spec: ast.expr | None) -> Value:
        value = self.value(inner)
        if value.unordered:
            self.facts.report(inner, "set-order", "a set is written out as text")
        if isinstance(spec, ast.JoinedStr):
            for part in spec.values:
                if isinstance(part, ast.Constant):
                    self.check_format(node, str(part.value))
                else:
                    self.value(part)
        return STR

    def check_format(self, node: ast.AST, spec: str) -> None:
        """Reports format codes that follow the locale or make floats."""
        if spec.endswith("n"):
            self.facts.report(node, "locale", f"the format {spec!r} groups digits by the locale")
        elif "%" in spec and any(f"%{code}" in spec for code in "aAbBcpxXZ"):
            self.facts.report(node, "locale", f"the format {spec!r} is the locale's")
        elif spec[-1:] in tuple("eEfFgG%"):
            self.facts.report(node, "float", f"the format {spec!r} makes a float of the number")

    def _comprehension(
        self, node: ast.SetComp | ast.ListComp | ast.GeneratorExp | ast.DictComp
    ) -> Value:
        loose = isinstance(node, ast.SetComp | ast.GeneratorExp)
        over_set = False
        with self.inner({}):
            for generator in node.generators:
                value = self.value(generator.iter)
                over_set = over_set or value.unordered
                if loose:
                    element = value.element
                else:
                    element = self.iterated(generator.iter, value, "is iterated")
                self.bind(generator.target, element)
                for test in generator.ifs:
                    self.value(test)
            if isinstance(node, ast.DictComp):
                return Value(DICT.name, (self.value(node.key), self.value(node.value)))
            of = (self.value(node.elt),)
        if isinstance(node, ast.SetComp):
            return Value(SET.name, of)
        if isinstance(node, ast.GeneratorExp):
            return Value(STREAM.name if over_set else "builtins.generator", of)
        return Value(LIST.name, of)

    def _parts(self, node: ast.expr) -> None:
        for part in ast.iter_child_nodes(node):
            if isinstance(part, ast.expr):
                self.value(part)

    def instance_of(self, name: str) -> Value:
        """What calling a class gives."""
        return {
            "builtins.str": STR,
            "builtins.int": INT,
            "builtins.bytes": BYTES,
        }.get(name) or instance(name)
