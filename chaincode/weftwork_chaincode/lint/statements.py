"""Statements: a function's walk from its parameters to what it returns."""

import ast
from collections.abc import Mapping, Sequence

from weftwork_chaincode.lint.expressions import Evaluator
from weftwork_chaincode.lint.facts import Facts
from weftwork_chaincode.lint.sources import FunctionNode, Module, imported
from weftwork_chaincode.lint.values import DICT, LIST, SET, UNKNOWN, Value, joined

_MUTABLE = (ast.List, ast.Dict, ast.Set, ast.ListComp, ast.DictComp, ast.SetComp)


class Walker:
    """Walks the statements of one function, class body or module."""

    def __init__(self, facts: Facts, module: Module, owner: str = "", contract: bool = False):
        self.expressions: Evaluator = Evaluator(facts, module, {})
        self.returned: list[Value] = []
        self.attributes: dict[str, list[Value]] = {}
        """What ``self.x = …`` gave each attribute."""

        self._facts = facts
        self._module = module
        self._owner = owner
        self.expressions.in_contract = contract

    def function(self, node: FunctionNode, given: Mapping[str, Value]) -> None:
        """A function or method, its defaults and annotations included."""
        ev = self.expressions
        for decorator in node.decorator_list:
            ev.value(decorator)
        names = self._parameters(node.args)
        ev.annotation(node.returns)
        for name, value in given.items():
            if not names.get(name, UNKNOWN).unordered:
                names[name] = value
        first = [*node.args.posonlyargs, *node.args.args][:1]
        static = any(isinstance(item, ast.Name) and item.id == "staticmethod"
                     for item in node.decorator_list)  # fmt: skip
        if self._owner and first and not static:
            on_class = first[0].arg == "cls"
            names[first[0].arg] = Value(self._owner, ref=on_class)
            ev.instance = first[0].arg if node.name not in ("__init__", "__new__") else ""
        ev.inside = True
        with ev.inner(names):
            self.body(node.body)

    def body(self, statements: Sequence[ast.stmt]) -> None:
        """Statements one after the other."""
        for statement in statements:
            self.statement(statement)

    def statement(self, node: ast.stmt) -> None:
        """One statement, whatever kind."""
        ev = self.expressions
        match node:
            case ast.Assign(targets=targets, value=value):
                found = ev.value(value)
                for target in targets:
                    self._assign(target, value, found)
            case ast.AnnAssign(target=target, annotation=annotation, value=value):
                promised = ev.annotation(annotation)
                found = ev.value(value) if value is not None else UNKNOWN
                self._assign(target, value, promised if promised != UNKNOWN else found)
            case ast.AugAssign(target=target, op=op, value=value):
                self._changed(target, node)
                left, right = ev.value(target), ev.value(value)
                if left.name == LIST.name and right.unordered:
                    ev.iterated(value, right, "is put into a list")
                ev.bind(target, ev.operated(node, left, op, right))
            case ast.Delete(targets=targets):
                for target in targets:
                    self._changed(target, node)
            case ast.Return(value=value) if value is not None:
                self.returned.append(ev.value(value))
            case ast.For() | ast.AsyncFor():
                ev.bind(node.target, ev.iterated(node.iter, ev.value(node.iter), "is iterated"))
                self._branches(node.body, node.orelse)
            case ast.While(test=test, body=body, orelse=orelse):
                ev.value(test)
                self._branches(body, orelse)
            case ast.If(test=test, body=body, orelse=orelse):
                ev.value(test)
                self._branches(body, orelse)
            case ast.With(items=items, body=body) | ast.AsyncWith(items=items, body=body):
                for item in items:
                    found = ev.value(item.context_expr)
                    if item.optional_vars is not None:
                        ev.bind(item.optional_vars, found)
                self.body(body)
            case ast.Try() | ast.TryStar():
                self._try(node)
            case ast.Match(subject=subject, cases=cases):
                ev.value(subject)
                for case in cases:
                    if case.guard is not None:
                        ev.value(case.guard)
                self._branches(*(case.body for case in cases))
            case ast.Global(names=names):
                ev.globals.update(names)
            case ast.Import() | ast.ImportFrom():
                for name, target in imported(node, self._module.package).items():
                    ev.names[name] = Value(self._canonical(target), ref=True)
                    ev.imported.add(name)
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                self._nested(node)
            case ast.ClassDef():
                with ev.inner({}):
                    self.body(node.body)
                ev.names[node.name] = UNKNOWN
            case _:
                for part in ast.iter_child_nodes(node):
                    if isinstance(part, ast.expr):
                        ev.value(part)

    def _canonical(self, name: str) -> str:
        first = name.partition(".")[0]
        held = Module(self._module.path, "", "", ast.Module([], []), imports={first: first})
        return self._facts.resolve(held, name)

    def _branches(self, *bodies: Sequence[ast.stmt]) -> None:
        """Bodies of which any may have run: a name holds the most doubtful of what it may."""
        ev = self.expressions
        before = dict(ev.names)
        after = [before]
        for body in bodies:
            ev.names = dict(before)
            self.body(body)
            after.append(ev.names)
        if all(bodies) and len(bodies) > 1:
            after.pop(0)
        names = {name for scope in after for name in scope}
        ev.names = {name: joined(scope[name] for scope in after if name in scope) for name in names}

    def _try(self, node: ast.Try | ast.TryStar) -> None:
        self.body(node.body)
        for handler in node.handlers:
            if handler.type is not None:
                self.expressions.value(handler.type)
            if handler.name:
                self.expressions.names[handler.name] = UNKNOWN
        self._branches(*(handler.body for handler in node.handlers))
        self.body(node.orelse)
        self.body(node.finalbody)

    def _nested(self, node: FunctionNode) -> None:
        ev = self.expressions
        for decorator in node.decorator_list:
            ev.value(decorator)
        kept, self.returned = self.returned, []
        with ev.inner(self._parameters(node.args)):
            ev.annotation(node.returns)
            self.body(node.body)
        ev.names[node.name] = Value("?", (joined(self.returned),), ref=True)
        self.returned = kept

    def _parameters(self, args: ast.arguments) -> dict[str, Value]:
        ev = self.expressions
        every = [*args.posonlyargs, *args.args, *args.kwonlyargs]
        names = {item.arg: ev.annotation(item.annotation) for item in every}
        for star in (args.vararg, args.kwarg):
            if star is not None:
                held = ev.annotation(star.annotation)
                of = (held,) if star is args.vararg else (UNKNOWN, held)
                names[star.arg] = Value(LIST.name if star is args.vararg else DICT.name, of)
        positional = [*args.posonlyargs, *args.args]
        defaults = [
            *zip(positional[len(positional) - len(args.defaults) :], args.defaults, strict=True)
        ]
        defaults += [
            (item, default)
            for item, default in zip(args.kwonlyargs, args.kw_defaults, strict=True)
            if default is not None
        ]
        for item, default in defaults:
            held = ev.value(default)
            if isinstance(default, _MUTABLE):
                ev.kept.add(item.arg)
            if names[item.arg] == UNKNOWN and held.name == SET.name:
                names[item.arg] = held
        return names

    # --- what is written to

    def _assign(self, target: ast.expr, source: ast.expr | None, value: Value) -> None:
        if isinstance(target, ast.Tuple | ast.List) and source is not None and value.unordered:
            self.expressions.iterated(source, value, "is unpacked")
        if isinstance(target, ast.Attribute) and isinstance(target.value, ast.Name):
            self.attributes.setdefault(target.attr, []).append(value)
        self._changed(target, target)
        self.expressions.bind(target, value)

    def _changed(self, target: ast.expr, node: ast.AST) -> None:
        """Reports a write to what outlives the transaction."""
        ev = self.expressions
        match target:
            case ast.Name(id=name) if name in ev.globals:
                self._facts.report(node, "global-state", f"{name} is a module's variable")
            case ast.Tuple(elts=parts) | ast.List(elts=parts):
                for part in parts:
                    self._changed(part, node)
            case ast.Subscript(value=base) | ast.Attribute(value=base):
                ev.value(base)
                if isinstance(target, ast.Subscript):
                    ev.value(target.slice)
                if ev.outlives(base):
                    shown = ast.unparse(target)
                    self._facts.report(node, "global-state", f"{shown} outlives the transaction")
            case _:
                pass
