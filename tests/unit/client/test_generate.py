"""Typed clients written from real metadata of Go's, Node's and our contract API, and used."""

import ast
import asyncio
import json
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import weftwork
import weftwork.aio
from tests.unit.chaincode.test_contract_api import Assets, Hooked
from tests.unit.client.fake_gateway import Call, FakeGateway
from weftwork.cli.app import run
from weftwork.generate import Settings, generate
from weftwork_chaincode.metadata import document

VECTORS = Path(__file__).resolve().parents[2] / "vectors" / "contract_api"
NOON = datetime(2012, 7, 31, 12, tzinfo=UTC)
RULES = "E,F,W,I,B,UP,SIM,RUF,C4,PIE,PT,ASYNC,S,D1"


def metadata(language: str) -> bytes:
    if language == "ours":
        return document([Assets(), Hooked()])
    return (VECTORS / language / "metadata.json").read_bytes()


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a module for each language, on the path."""
    folder = tmp_path_factory.mktemp("written")
    for language in ("go", "node", "ours"):
        text = generate(
            metadata(language), Settings(chaincode="assets", optional=_missing(language))
        )
        (folder / f"{language}_assets.py").write_text(text, encoding="utf-8")
    return folder


def _missing(language: str) -> list[str]:
    return {"go": ["Missing"], "node": ["missing"]}.get(language, [])


@pytest.fixture
def module(written: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], ModuleType]:
    monkeypatch.syspath_prepend(str(written))
    return lambda language: import_module(f"{language}_assets")


@pytest.fixture
def answering(fake: FakeGateway) -> Callable[[str], None]:
    """Makes the fake peer answer as the chaincode of a language did, byte for byte."""

    def answer(language: str) -> None:
        recorded = json.loads((VECTORS / language / "answers.json").read_bytes())
        for one in recorded:
            if one["status"] == 200:
                fake.functions.setdefault(one["args"][0], _answer(recorded))

    return answer


def _answer(recorded: list[dict[str, Any]]) -> Callable[[Call], bytes]:
    def answer(call: Call) -> bytes:
        args = [call.function, *(arg.decode() for arg in call.args)]
        for one in recorded:
            if len(one["args"]) == len(args) and all(map(_same, one["args"], args)):
                return one["payload"].encode()
        raise AssertionError(f"the chaincode was never called so: {args}")

    return answer


def _same(one: str, other: str) -> bool:
    """The same text, or the same JSON object whatever the order of its names."""
    if one[:1] + other[:1] not in ("{{", "[["):
        return one == other
    return json.loads(one) == json.loads(other)


def test_a_go_chaincode_s_client_sends_and_reads_what_go_does(
    fake: FakeGateway,
    gateway: weftwork.Gateway,
    module: Callable[[str], ModuleType],
    answering: Callable[[str], None],
) -> None:
    go = module("go")
    answering("go")
    assets = go.Assets(gateway.network("crosswork"))
    asset = go.Asset(
        id="A", count=1, small=2, big=3, worth=0.5, sold=True, made=NOON, picture=b"\1\2",
        tags=[], labels={"k": "v"}, place=go.Place(street="s", lat=1.5), class_="c",
    )  # fmt: skip
    assert assets.put(asset) == asset
    assert assets.all([asset]) == [asset]
    assert assets.missing() is None
    assert assets.delete("A") is None
    assert assets.text('a "b" é\n') == 'a "b" é\n'
    assert (assets.whole(-7), assets.byte(255)) == (-7, 255)
    assert (assets.real(0.1), assets.real(3)) == (0.1, 3.0)
    assert (assets.truth(True), assets.truth(False)) == (True, False)
    assert assets.when(NOON) == NOON
    assert (assets.raw(b"abc"), assets.raw(b"")) == (b"abc", b"")
    assert (assets.list_(("a", "b")), assets.list_([]), assets.no_list()) == (["a", "b"], [], [])
    assert assets.map({"a": 1}) == {"a": 1}
    assert assets.pair([1, 2], "x", True) == "[1 2]xtrue"
    notes = go.OrgExampleNotes(gateway.network("crosswork"))
    assert notes.say("hi") == "hi"
    assert fake.calls[-1].function == "org.example.notes:Say"
    with pytest.raises(weftwork.ArgumentError, match="nan is no number of JSON"):
        assets.real(float("nan"))


def test_a_node_chaincode_s_client_sends_and_reads_what_node_does(
    fake: FakeGateway,
    gateway: weftwork.Gateway,
    module: Callable[[str], ModuleType],
    answering: Callable[[str], None],
) -> None:
    node = module("node")
    answering("node")
    assets = node.Assets(gateway.network("crosswork"))
    asset = node.Asset(
        id="A", worth=0.5, sold=True, tags=["x"], labels={"k": "v"},
        place=node.Place(street="s", lat=1.5), class_="c",
    )  # fmt: skip
    assert assets.put(asset) == asset
    assert assets.put(node.Asset(id="A")) == node.Asset(id="A")  # what is not said is not sent
    assert assets.drive(node.Car(id="A", wheels=4)) == node.Car(id="A", wheels=4)
    assert assets.all([node.Asset(id="A")]) == [node.Asset(id="A")]
    assert (assets.number(0.5), assets.number(-7)) == (0.5, -7.0)
    assert (assets.text("7"), assets.truth(True), assets.list_([1, 0.5])) == ("7", True, [1, 0.5])
    assert assets.when() == datetime(1970, 1, 1, tzinfo=UTC)
    assert assets.raw() == b'{"type":"Buffer","data":[1,2]}'
    assert assets.missing() is None
    assert assets.remove("A") == b""
    plain = node.Plain(gateway.network("crosswork"))
    assert (plain.put("k", "7"), plain.tell(), plain.nothing()) == (b"k=7", b'{"told":true}', b"")


async def test_the_async_client_has_the_same_methods(
    async_gateway: weftwork.aio.Gateway,
    module: Callable[[str], ModuleType],
    answering: Callable[[str], None],
) -> None:
    answering("go")
    go = module("go")
    assets = go.AsyncAssets(async_gateway.network("crosswork"))
    assert await asyncio.gather(assets.whole(-7), assets.truth(True)) == [-7, True]
    assert set(vars(go.Assets)) == set(vars(go.AsyncAssets))


def test_our_chaincode_s_optional_argument_may_be_left_out(
    fake: FakeGateway, gateway: weftwork.Gateway, module: Callable[[str], ModuleType]
) -> None:
    ours = module("ours")
    fake.functions["Noted"] = lambda call: call.args[0]
    assets = ours.Assets(gateway.network("crosswork"))
    note = ours.Note(text="a", about=ours.Note(text="b"))
    assert assets.noted(note) == note
    assert assets.noted(note, 7) == note
    assert [call.args[1:] for call in fake.calls] == [(), (b"7",)]
    # what is null our runtime is told as null
    assert json.loads(fake.calls[0].args[0])["about"] == {"text": "b", "about": None}


def test_what_is_written_passes_ruff_and_strict_pyright(written: Path) -> None:
    for width in ("88", "100", "120"):
        style = ["--isolated", "--line-length", width]
        ruff = [sys.executable, "-m", "ruff"]
        checked = [*ruff, "check", *style, "--select", RULES, "--target-version", "py311"]
        for command in (checked, [*ruff, "format", "--diff", *style]):
            done = subprocess.run([*command, str(written)], capture_output=True, text=True)
            assert done.returncode == 0, done.stdout + done.stderr
    config = {"typeCheckingMode": "strict", "extraPaths": sys.path}
    (written / "pyrightconfig.json").write_text(json.dumps(config))
    words = ["--pythonpath", sys.executable, "-p", str(written)]
    done = subprocess.run([sys.executable, "-m", "pyright", *words], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


def test_the_same_metadata_gives_the_same_text() -> None:
    for language in ("go", "node", "ours"):
        assert generate(metadata(language)) == generate(metadata(language))


def test_one_style_alone_has_no_prefix_and_no_imports_of_the_other() -> None:
    for style, words in (("async", "    async def"), ("sync", "    def")):
        text = generate(metadata("go"), Settings(style=style))  # type: ignore[arg-type]
        classes = [n.name for n in ast.parse(text).body if isinstance(n, ast.ClassDef)]
        assert classes == ["Asset", "Place", "Assets", "OrgExampleNotes"]
        assert f"{words} whole(" in text
        assert "Async" not in text


def test_models_that_exist_are_imported_and_methods_renamed() -> None:
    settings = Settings(
        class_name="Register", models={"shop.models": ["Asset"]}, renamed={"Put": "store"}
    )
    text = generate(metadata("go"), settings)
    assert "from shop.models import Asset\n" in text
    assert "class Asset(" not in text
    assert "class Register(Department):" in text
    assert "def store(self, param0: Asset, **options" in text


@pytest.mark.parametrize(
    ("data", "settings", "words"),
    [
        ("{", Settings(), "the metadata is not JSON"),
        ("[" * 100_000, Settings(), "the metadata is not JSON"),
        ("[]", Settings(), "the metadata: expected a JSON object, got list"),
        ("{}", Settings(), "names no contracts"),
        ('{"contracts":{"a":{"transactions":[]}}}', Settings(), "names no function"),
        ('{"contracts":{"a":{"transactions":[{}]}}}', Settings(), "contract 'a' has no name"),
        ('{"contracts":{"a":{"transactions":[7]}}}', Settings(), "expected a JSON object, got int"),
        ('{"contracts":{"a":{"transactions":{}}}}', Settings(), "expected a JSON array, got dict"),
        (
            '{"contracts":{"a":{"transactions":[{"name":"f","parameters":[{"schema":1}]}]}}}',
            Settings(),
            "parameter 'param0' of 'f' of contract 'a'",
        ),
        (None, Settings(renamed={"No": "x"}), "has no function 'No'"),
        (None, Settings(optional=["No"]), "has no function 'No'"),
        (None, Settings(renamed={"Put": "submit"}), "'submit' cannot be the name of a method"),
        (None, Settings(renamed={"Put": "x y"}), "'x y' cannot be the name of a method"),
        (None, Settings(class_name="1x"), "'1x' cannot be the name of a class"),
        (None, Settings(class_name="class"), "'class' cannot be the name of a class"),
    ],
)
def test_what_cannot_be_written_is_said_in_a_line(
    data: str | None, settings: Settings, words: str
) -> None:
    with pytest.raises(weftwork.GenerateError, match=words) as caught:
        generate(metadata("go") if data is None else data, settings)
    assert "\n" not in str(caught.value)


def test_the_command_writes_and_checks(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source, module = tmp_path / "metadata.json", tmp_path / "assets.py"
    source.write_bytes(metadata("node"))
    words = ["generate", str(source), "-o", str(module), "--rename", "put=store"]
    assert run(words) == 0
    assert "def store(" in module.read_text(encoding="utf-8")
    assert run([*words, "--check"]) == 0
    module.write_text("changed")
    assert run([*words, "--check"]) == 1
    assert "is stale" in capsys.readouterr().err
    assert module.read_text() == "changed"
    for wrong, told in (
        (["generate"], "either a metadata file or --profile"),
        (["generate", str(tmp_path / "none")], "cannot be read: No such file"),
        (["generate", str(source), "--style", "odd"], "expected both, sync or async"),
        (["generate", str(source), "--rename", "odd"], "expected FUNCTION=METHOD"),
        (["generate", str(source), "--models", "no.such"], "--models no.such: No module"),
        (["generate", "--profile", "p"], "needs --user, --channel and --chaincode"),
        (["generate", str(source), "--check"], "--output names"),
    ):
        assert run(wrong) == 1
        assert told in capsys.readouterr().err
