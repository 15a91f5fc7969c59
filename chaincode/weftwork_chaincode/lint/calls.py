"""Calls: what they do with sets given to them, what they give, and those judged by arguments."""

import ast
from typing import TYPE_CHECKING

from weftwork_chaincode.lint.names import words
from weftwork_chaincode.lint.values import (
    DICT,
    INT,
    LIST,
    SET,
    STR,
    STREAM,
    UNKNOWN,
    VIEW,
    Value,
    dotted,
)

if TYPE_CHECKING:
    from weftwork_chaincode.lint.expressions import Evaluator

# Their result is the same whatever order a set comes in.
_ORDER_FREE = {
    *words("sorted set frozenset len sum any all min max isinstance bool type next", "builtins."),
    *words("gcd lcm prod", "math."),
    *words("union update intersection intersection_update difference", "builtins.set."),
    *words("difference_update issubset issuperset isdisjoint", "builtins.set."),
    *words("symmetric_difference symmetric_difference_update", "builtins.set."),
}
_LAZY = {"builtins.map", "builtins.filter", "itertools.chain", "itertools.filterfalse"}
# Their result keeps the order of what they are given.
_ORDERED = {
    "builtins.list": "is made a list",
    "builtins.tuple": "is made a tuple",
    "builtins.iter": "is iterated",
    "builtins.enumerate": "is numbered",
    "builtins.zip": "is zipped",
    "builtins.reversed": "is iterated",
    "builtins.str": "is written out as text",
    "builtins.repr": "is written out as text",
    "builtins.format": "is written out as text",
    "builtins.ascii": "is written out as text",
    "builtins.dict": "is made a dict",
    "builtins.bytes": "is made bytes",
    "builtins.bytearray": "is made bytes",
    "builtins.dict.fromkeys": "is made a dict",
    "builtins.dict.update": "is put into a dict",
    "builtins.str.join": "is joined to text",
    "builtins.str.format": "is written out as text",
    "builtins.bytes.join": "is joined to bytes",
    "builtins.list.extend": "is put into a list",
    "collections.deque": "is made a deque",
    "collections.OrderedDict": "is made a dict",
    "collections.Counter": "is counted into a dict",
    "functools.reduce": "is reduced",
    "heapq.nsmallest": "is ranked, ties in its order",
    "heapq.nlargest": "is ranked, ties in its order",
    "msgspec.json.encode": "is encoded",
    "msgspec.msgpack.encode": "is encoded",
    "json.dumps": "is encoded",
    "pickle.dumps": "is encoded",
}
_MUTATING = words(
    "append add update pop clear extend remove insert setdefault discard popitem appendleft "
    "popleft reverse sort"
)
_SET_RESULTS = words("union intersection difference symmetric_difference copy", "builtins.set.")
_RESULTS = {
    "builtins.len": INT,
    "builtins.sum": INT,
    "builtins.str.join": STR,
    "builtins.repr": STR,
}
# Classes with a small first letter; any other name with one is taken for a function.
_CLASSES = {"datetime.datetime", "datetime.date", "datetime.time", "datetime.timedelta"}
# Judged here by their arguments, not by their names alone.
DECIDED_BY_ARGUMENTS = frozenset({
    "datetime.datetime.fromtimestamp", "datetime.datetime.now", "datetime.datetime.astimezone",
    "datetime.datetime.timestamp", "?.astimezone", "json.loads", "json.load",
    "msgspec.json.decode", "msgspec.msgpack.decode", "?.format", "builtins.format",
    "builtins.str.format", "builtins.round", "time.gmtime",
})  # fmt: skip


def call(ev: "Evaluator", node: ast.Call) -> Value:
    """What a call gives; reports what differs between peers in it."""
    target = ev.value(node.func)
    if target.name in ("builtins.isinstance", "builtins.issubclass"):
        ev.elements(node.args[:1])  # the classes asked about are not used
        return Value("builtins.bool")
    loose = target.name in _ORDER_FREE and not any(item.arg == "key" for item in node.keywords)
    arguments = ev.elements(node.args, loose=loose)
    named = {item.arg: ev.value(item.value) for item in node.keywords if item.arg}
    for item in node.keywords:
        if item.arg is None:
            ev.value(item.value)
    name = target.name if target.ref else "?"
    _check_mutation(ev, node, name)
    _check_arguments(ev, node, name, target)
    if ev.facts.kind(name) == "class" or ev.facts.function(name) is not None:
        return _own(ev, node, name, arguments, named)
    _check_sets(ev, node, name, arguments, named)
    return _result(ev, node, target, name, arguments)


def _own(
    ev: "Evaluator", node: ast.Call, name: str, arguments: list[Value], named: dict[str, Value]
) -> Value:
    """A call of a function or class of the sources: sets it is given are followed into it."""
    function = ev.facts.function(name)
    if function is None:
        ev.facts.reach(name, {})
        return Value(name)
    parameters = [item.arg for item in (*function.args.posonlyargs, *function.args.args)]
    if parameters[:1] in (["self"], ["cls"]):
        parameters = parameters[1:]
    given = dict(zip(parameters, arguments, strict=False)) | named
    ev.facts.reach(name, {key: value for key, value in given.items() if value.unordered})
    return ev.facts.result(name)


def _check_sets(
    ev: "Evaluator", node: ast.Call, name: str, arguments: list[Value], named: dict[str, Value]
) -> None:
    method = name.rpartition(".")[2]
    if name in ("builtins.min", "builtins.max", "builtins.sorted") and "key" in named:
        if arguments and arguments[0].unordered and not _is_total(node):
            text = f"{method} of a set by a key leaves equal ones in its order"
            ev.facts.report(node, "set-order", text)
        return
    if name == "builtins.set.pop" and not node.args:
        ev.facts.report(node, "set-order", "set.pop takes whichever element comes first")
        return
    if name in _ORDER_FREE or name in _LAZY:
        return
    how = _ORDERED.get(name, "")
    if not how and method in ("join", "extend", "extendleft"):
        how = "is joined to text" if method == "join" else "is put into a list"
    if not how and name.startswith(("weftwork_chaincode.", "itertools.")):
        how = f"is handed to {method}"
    given = [*zip(node.args, arguments, strict=True)]
    given += [(item.value, named[item.arg]) for item in node.keywords if item.arg]
    for place, value in given:
        if isinstance(place, ast.Starred):
            continue
        if value.unordered and (how or value.name == STREAM.name):
            ev.facts.report(place, "set-order", f"a set {how or 'is iterated by a call'}")


def _is_total(node: ast.Call) -> bool:
    """Whether a key tells any two elements apart, because the element itself is part of it."""
    key = next(item.value for item in node.keywords if item.arg == "key")
    if not isinstance(key, ast.Lambda) or len(key.args.args) != 1:
        return False
    parts = key.body.elts if isinstance(key.body, ast.Tuple) else [key.body]
    return any(isinstance(part, ast.Name) and part.id == key.args.args[0].arg for part in parts)


def _result(
    ev: "Evaluator", node: ast.Call, target: Value, name: str, arguments: list[Value]
) -> Value:
    first = arguments[0] if arguments else UNKNOWN
    if name in _LAZY:
        stream = any(value.unordered for value in arguments)
        of = arguments[-1].of if arguments else ()
        return Value(STREAM.name if stream else "builtins.generator", of)
    if name == "itertools.chain.from_iterable":
        return Value(STREAM.name if first.element.unordered else "builtins.generator")
    if name in ("builtins.set", "builtins.frozenset"):
        return Value(SET.name, first.of[:1])
    if name in _SET_RESULTS:
        return Value(SET.name, target.of)
    if name in ("builtins.list", "builtins.sorted", "builtins.tuple", "builtins.reversed"):
        return Value(LIST.name, first.of[:1])
    if name == "builtins.dict.keys":
        return Value(VIEW.name, target.of[:1])
    if name == "builtins.dict.values":
        return Value(LIST.name, target.of[1:2])
    if name == "builtins.dict.items":
        return Value(LIST.name, (Value(LIST.name, target.of),))
    if name in ("builtins.dict.get", "builtins.dict.pop", "builtins.dict.setdefault"):
        return target.of[1] if len(target.of) > 1 else UNKNOWN
    if name == "collections.defaultdict":
        made = Value(SET.name) if first.ref and first.name == "builtins.set" else UNKNOWN
        return Value(DICT.name, (UNKNOWN, made))
    if name == "builtins.enumerate":
        return Value(LIST.name, (Value(LIST.name, (INT, first.element)),))
    if name in _RESULTS:
        return _RESULTS[name]
    if name.startswith("datetime.datetime.") or name == "pathlib.Path.home":
        return Value(name.rpartition(".")[0])
    if name.rpartition(".")[2][:1].isupper() or name in _CLASSES or name.startswith("builtins."):
        return ev.instance_of(name)
    return UNKNOWN


def _check_arguments(ev: "Evaluator", node: ast.Call, name: str, target: Value) -> None:
    keywords = {item.arg for item in node.keywords}
    method = name.rpartition(".")[2]
    count = len(node.args)
    if name == "datetime.datetime.now":
        ev.check(node, name)
    elif name == "datetime.datetime.fromtimestamp":
        if count < 2 and "tz" not in keywords:
            ev.facts.report(node, "time-zone", "fromtimestamp without tz is this machine's zone")
    elif method == "astimezone" and not count and not keywords:
        ev.facts.report(node, "time-zone", "astimezone without a zone is this machine's")
    elif name == "datetime.datetime.timestamp":
        ev.facts.report(node, "float", "timestamp gives a float, of this machine's zone if naive")
    elif name == "time.gmtime" and not count:
        ev.facts.report(node, "clock", "time.gmtime without an argument is now")
    elif name in ("json.loads", "json.load"):
        if "parse_float" not in keywords:
            text = f"{name} makes floats: give parse_float, or decode into a record's type"
            ev.facts.report(node, "float", text)
    elif name in ("msgspec.json.decode", "msgspec.msgpack.decode"):
        if "type" not in keywords:
            ev.facts.report(node, "float", f"{name} without type= makes floats")
    elif name == "builtins.format" and count == 2 and isinstance(node.args[1], ast.Constant):
        ev.check_format(node, str(node.args[1].value))
    elif name == "builtins.str.format" and isinstance(node.func, ast.Attribute):
        _check_template(ev, node, node.func.value)


def _check_template(ev: "Evaluator", node: ast.Call, template: ast.expr) -> None:
    import string

    if not isinstance(template, ast.Constant) or not isinstance(template.value, str):
        return
    try:
        fields = list(string.Formatter().parse(template.value))
    except ValueError:
        return
    for _, _, spec, _ in fields:
        ev.check_format(node, spec or "")


def _check_mutation(ev: "Evaluator", node: ast.Call, name: str) -> None:
    func = node.func
    if name == "builtins.next" and node.args and ev.is_global(node.args[0]):
        ev.facts.report(node, "global-state", "next() moves a module's iterator on")
    if not isinstance(func, ast.Attribute) or func.attr not in _MUTATING:
        return
    shown = ast.unparse(func)
    bare_self = isinstance(func.value, ast.Name) and func.value.id == ev.instance
    called_class = ev.facts.kind(ev.resolve(dotted(func.value))) == "class"
    if ev.outlives(func.value) and not bare_self and not called_class:
        own = ev.facts.function(name) is not None
        if not own:
            ev.facts.report(node, "global-state", f"{shown} changes what outlives the transaction")
