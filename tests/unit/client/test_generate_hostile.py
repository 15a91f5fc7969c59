"""Metadata is other people's text: whatever it says, only a client is written."""

import ast
import contextlib
import json
import subprocess
import sys
import types
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

import weftwork
from weftwork.generate import Settings, generate

EVIL = [
    '"""\nimport os; os.system("touch /tmp/x")\n"""',
    "'''\nraise SystemExit\n'''",
    "\\",
    'ends with a "',
    'ends with a \\"',
    '\\"""',
    "a\nimport os",
    "a\r\nimport os",
    "a\x0cimport os",
    "# coding: utf-7",
    "\x00\x01\x7f\x85\u2028\u2029",
    "\u202eevil\u2066",
    "\ud800",
    "{__import__('os')}",
    "class",
    "None",
    "self",
    "options",
    "transient",
    "__class__",
    "__init__",
    "submit",
    "network",
    "list",
    "str",
    "datetime",
    "Any",
    "print",
    "1",
    "a-b",
    "a.b",
    "A_b",
    "名前",
    "ﬁ",
    "x" * 5000,
    "",
    " ",
]
TEXTS = st.sampled_from(EVIL) | st.text(max_size=12)


def document(
    names: list[str], schemas: dict[str, Any], schema: Any, words: str = ""
) -> dict[str, Any]:
    """Metadata with other people's text in every place that has text."""
    return {
        "info": {"title": words, "version": words},
        "contracts": {
            f"{name}{index}" if index else name: {
                "name": name,
                "default": index == 0,
                "info": {"description": words},
                "transactions": [
                    {
                        "name": each or "f",
                        "description": words,
                        "tag": [words],
                        "parameters": [
                            {"name": other, "description": words, "schema": schema}
                            for other in names[:8]
                        ],
                        "returns": schema,
                    }
                    for each in names
                ],
            }
            for index, name in enumerate(names[:2] or ["a"])
        },
        "components": {"schemas": schemas},
    }


def checked(text: str) -> types.ModuleType:
    """The module, if it is made of nothing but imports of ours, aliases, models and clients."""
    for node in ast.parse(text).body:
        match node:
            case ast.Import(names=[ast.alias(name="datetime" | "uuid" | "msgspec", asname=None)]):
                pass
            case ast.ImportFrom(module=module, level=0):
                assert module in ("__future__", "typing", "collections.abc") or str(
                    module
                ).startswith("weftwork.")
            case ast.Expr(value=ast.Constant(value=str())):
                pass
            case ast.AnnAssign(annotation=ast.Name(id="TypeAlias"), value=ast.Subscript()):
                pass
            case ast.ClassDef(decorator_list=[]):
                _checked_class(node)
            case _:
                raise AssertionError(ast.unparse(node))
    module = types.ModuleType("made")
    sys.modules["made"] = module
    exec(compile(text, "made.py", "exec"), module.__dict__)
    for value in list(vars(module).values()):
        if isinstance(value, type) and issubclass(value, msgspec.Struct):
            msgspec.json.Decoder(value)  # resolves its annotations
    return module


def _checked_class(node: ast.ClassDef) -> None:
    assert {ast.unparse(base) for base in node.bases} <= {
        *("msgspec.Struct", "Department", "AsyncDepartment")
    }
    for inner in node.body:
        match inner:
            case ast.Expr(value=ast.Constant(value=str())):
                pass
            case ast.Assign(targets=[ast.Name(id="chaincode")], value=ast.Constant(value=str())):
                pass
            case ast.AnnAssign(target=ast.Name(), value=None | ast.Constant() | ast.UnaryOp()):
                pass
            case ast.AnnAssign(target=ast.Name(), value=ast.List(elts=[]) | ast.Dict(keys=[])):
                pass
            case ast.AnnAssign(
                target=ast.Name(),
                value=ast.Call(func=ast.Attribute(value=ast.Name(id="msgspec"), attr="field")),
            ):
                pass
            case (
                ast.FunctionDef(decorator_list=[], body=body)
                | ast.AsyncFunctionDef(decorator_list=[], body=body)
            ):
                said, returned = body
                assert isinstance(said, ast.Expr)
                assert isinstance(said.value, ast.Constant)
                assert isinstance(returned, ast.Return)
                _checked_call(returned.value)
            case _:
                raise AssertionError(ast.unparse(inner))


def _checked_call(value: ast.expr | None) -> None:
    call = value.value if isinstance(value, ast.Await) else value
    assert isinstance(call, ast.Call)
    assert ast.unparse(call.func) in ("self.submit", "self.evaluate")
    for inner in ast.walk(call):
        if isinstance(inner, ast.Call) and inner is not call:
            assert ast.unparse(inner.func) in ("list", "dict", "as_json", "given")
    assert all(inner.arg in ("returns", None) for inner in call.keywords)


SCHEMAS = st.recursive(
    st.sampled_from(
        [
            {},
            {"type": "string"},
            {"type": "string", "format": "date-time"},
            {"type": "string", "format": "byte"},
            {"type": "integer", "default": 7},
            {"type": "number"},
            {"type": "number", "multipleOf": 1},
            {"type": ["string", "null"], "default": None},
            {"type": ["integer", "string", "array", "object"]},
            {"type": "odd"},
            {"$ref": "#/components/schemas/One"},
            {"$ref": "One"},
            {"$ref": "Nowhere", "default": None},
            {"enum": [1, None, 1.5, {}]},
            {"enum": []},
            {"allOf": [{"$ref": "One"}, {"properties": {"more": {}}}]},
        ]
    )
    | TEXTS.map(lambda text: {"enum": [text, "x"], "title": text, "default": text})
    | TEXTS.map(lambda text: {"enum": [text]})
    | TEXTS.map(lambda text: {"$ref": text})
    | TEXTS.map(lambda text: {"type": "string", "default": text, "description": text}),
    lambda inner: (
        st.builds(lambda items: {"type": "array", "items": items, "default": []}, inner)
        | st.builds(lambda items: {"type": "array", "items": items}, st.lists(inner, max_size=3))
        | st.builds(lambda more: {"type": "object", "additionalProperties": more}, inner)
        | st.builds(lambda each: {"anyOf": each}, st.lists(inner, max_size=3))
        | st.builds(
            lambda properties, required, text: {
                "type": "object",
                "properties": properties,
                "required": required,
                "description": text,
            },
            st.dictionaries(TEXTS, inner, max_size=4),
            st.lists(TEXTS, max_size=2),
            TEXTS,
        )
    ),
    max_leaves=8,
)


@settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    phases=[Phase.generate],
    report_multiple_bugs=False,
    suppress_health_check=[HealthCheck.too_slow],
)
@given(st.lists(TEXTS, max_size=4), st.dictionaries(TEXTS, SCHEMAS, max_size=3), SCHEMAS, TEXTS)
def test_nothing_but_a_client_is_written(
    names: list[str], schemas: dict[str, Any], schema: Any, words: str
) -> None:
    whole = document(names or ["f"], {"One": {"properties": {}}, **schemas}, schema, words)
    with contextlib.suppress(weftwork.GenerateError):
        checked(generate(json.dumps(whole)))


def test_every_evil_text_in_every_place(tmp_path: Path) -> None:
    properties = {text: {"type": "string", "description": text} for text in EVIL}
    schemas: dict[str, Any] = {
        text: {"properties": properties, "description": text} for text in EVIL[:20]
    }
    schema = {"enum": EVIL, "title": EVIL[0]}
    whole = [document(EVIL, schemas, schema, EVIL[0])]
    whole += [
        document([words], {words: {"properties": properties}}, schema, words) for words in EVIL
    ]
    for index, each in enumerate(whole):
        text = generate(json.dumps(each), Settings(style="async" if index else "both"))
        checked(text)
        (tmp_path / f"m{index}.py").write_text(text, encoding="utf-8")
    ruff = [sys.executable, "-m", "ruff"]
    for words in (["format", "--diff"], ["check", "--select", "E,F,W,I,D1,PLE,RUF001,RUF003"]):
        command = [*ruff, *words, "--isolated", "--line-length", "100", str(tmp_path)]
        done = subprocess.run(command, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout[:3000] + done.stderr[:3000]


def test_what_shows_nothing_or_hides_something_is_not_written() -> None:
    text = generate(json.dumps(document(["f"], {}, {}, "\u202eevil\x00\u2066")))
    assert "\u202e" not in text
    assert "\x00" not in text


def test_names_that_clash_are_told_apart() -> None:
    names = ["getA", "get_a", "GetA", "get a", "submit", "list", "class"]
    module = checked(generate(json.dumps(document(names, {}, {"type": "string"}))))
    methods = [name for name in vars(module.GetA) if not name.startswith("__")]
    assert methods == [
        *("chaincode", "get_a", "get_a_", "get_a_2", "get_a_3", "submit_", "list_", "class_")
    ]


def test_a_script_without_capitals_keeps_classes_and_parameters_apart() -> None:
    schemas = {"名前": {"properties": {"名前": {"$ref": "名前"}}}}
    schema = {"$ref": "#/components/schemas/名前"}
    module = checked(generate(json.dumps(document(["名前"], schemas, schema))))
    assert "returns=Model名前" in generate(json.dumps(document(["名前"], schemas, schema)))
    assert module.Model名前.__struct_fields__ == ("名前",)


@pytest.mark.parametrize(
    "schemas",
    [
        {"A": {"type": "array", "items": {"$ref": "A"}}},
        {"A": {"allOf": [{"$ref": "A"}]}},
        {"A": {"allOf": [{"$ref": "B"}]}, "B": {"allOf": [{"$ref": "A"}]}},
        {
            **{f"A{n}": {"type": "array", "items": [{"$ref": f"A{n + 1}"}] * 4} for n in range(15)},
            "A": {"type": "array", "items": {"$ref": "A0"}},
            "A15": {"type": "string"},
        },
        {
            "A": {"properties": {"a": {"$ref": "A0"}}},
            **{f"A{n}": {"properties": {"a": {"$ref": f"A{n + 1}"}}} for n in range(5000)},
        },
    ],
)
def test_schemas_without_end_are_refused_and_cost_little(schemas: dict[str, Any]) -> None:
    schema = {"$ref": "#/components/schemas/A"}
    with pytest.raises(weftwork.GenerateError, match=r"nested too deep|in a circle"):
        generate(json.dumps(document(["f"], schemas, schema)), Settings(style="sync"))
