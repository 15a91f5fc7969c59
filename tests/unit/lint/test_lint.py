"""The determinism lint: every marked line of a corpus is found, nothing in another, and how it
is asked and answers."""

import json
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from weftwork_chaincode.lint import RULES, LintError, lint
from weftwork_chaincode.lint.command import app

HERE = Path(__file__).parent
MARK = re.compile(r"# bad: (.+)$")


def corpus(name: str) -> list[Path]:
    return sorted((HERE / name).rglob("*.py"))


def marked(path: Path) -> list[tuple[int, str]]:
    found: list[tuple[int, str]] = []
    for number, line in enumerate(path.read_text().splitlines(), 1):
        mark = MARK.search(line)
        found += [(number, rule.strip()) for rule in mark[1].split(",")] if mark else []
    return sorted(found)


@pytest.mark.parametrize("path", [*(HERE / "bad").glob("*.py")], ids=lambda path: path.stem)
def test_every_marked_line_is_found_and_no_other(path: Path) -> None:
    found = sorted((finding.line, finding.rule) for finding in lint([path]).findings)
    assert found == marked(path)


def test_helpers_of_the_same_package_are_followed() -> None:
    report = lint([HERE / "bad/followed"])
    found = {(Path(item.path).name, item.line, item.rule) for item in report.findings}
    wanted = {
        (path.name, line, rule)
        for path in (HERE / "bad/followed").glob("*.py")
        for line, rule in marked(path)
    }
    assert found == wanted


def test_a_named_contract_is_followed_too() -> None:
    assert len(lint([HERE / "bad/followed/contract.py"]).findings) == 4


@pytest.mark.parametrize("path", [*(HERE / "good").glob("*.py")], ids=lambda path: path.stem)
def test_good_code_is_silent(path: Path) -> None:
    assert [str(finding) for finding in lint([path]).findings] == []


def test_a_good_package_is_silent() -> None:
    report = lint([HERE / "good/followed"])
    assert [str(finding) for finding in report.findings] == []
    assert report.contracts


def test_the_corpora_are_as_large_as_they_should_be() -> None:
    bad = [rule for path in corpus("bad") for _, rule in marked(path)]
    good = sum(path.read_text().count("\n    @") for path in corpus("good"))
    assert len(bad) >= 60
    assert good >= 40
    assert set(bad) == set(RULES)


def test_our_own_contracts_are_clean() -> None:
    chaincode = HERE.parents[2] / "chaincode"
    report = lint([chaincode / "weftwork_contracts", chaincode / "weftwork_model"])
    assert [str(finding) for finding in report.findings] == []
    assert len(report.contracts) == 4


def test_a_finding_says_where_what_and_what_instead() -> None:
    finding = lint([HERE / "bad/handler.py"]).findings[0]
    text = str(finding)
    assert re.search(r"handler\.py:10:39: random: random\.random is used", text)
    assert "reached from Raw.invoke" in text
    assert RULES["random"].instead in text


def test_columns_count_characters(tmp_path: Path) -> None:
    (tmp_path / "c.py").write_text('import time\n\nX = ("电表", time.time())\n')
    assert lint([tmp_path / "c.py"]).findings[0].column == 12


def test_a_file_without_a_contract_is_looked_at_whole(tmp_path: Path) -> None:
    (tmp_path / "rules.py").write_text("def f():\n    return hash('a')\n")
    assert [item.rule for item in lint([tmp_path / "rules.py"]).findings] == ["hash"]
    with pytest.raises(LintError, match="no contract"):
        lint([tmp_path])
    assert lint([tmp_path], everything=True).findings


def test_two_projects_with_modules_of_one_name(tmp_path: Path) -> None:
    text = "from weftwork_chaincode import Contract, Context, submit\nfrom rules import f\n\n\n"
    text += "class C(Contract):\n    @submit\n    async def x(self, ctx: Context) -> int:\n"
    text += "        return f()\n"
    for name, body in (("a", "1"), ("b", "hash('a')")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "contract.py").write_text(text)
        (tmp_path / name / "rules.py").write_text(f"def f():\n    return {body}\n")
    findings = lint([tmp_path / "a", tmp_path / "b"]).findings
    assert [Path(item.path).parent.name for item in findings] == ["b"]


class TestTheCommand:
    def test_clean_is_0(self) -> None:
        result = CliRunner().invoke(app, [str(HERE / "good/followed")])
        assert (result.exit_code, result.stdout) == (0, "")

    def test_findings_are_1_and_json(self) -> None:
        result = CliRunner().invoke(app, ["--json", str(HERE / "bad/handler.py")])
        assert result.exit_code == 1
        first = json.loads(result.stdout)["findings"][0]
        assert (first["line"], first["column"], first["rule"]) == (10, 39, "random")
        assert first["instead"]

    @pytest.mark.parametrize("text", ["def f(:\n", "\0", "\xff"])
    def test_what_cannot_be_read_is_2(self, tmp_path: Path, text: str) -> None:
        path = tmp_path / "contract.py"
        path.write_bytes(text.encode("latin-1"))
        result = CliRunner().invoke(app, [str(path)])
        assert result.exit_code == 2
        assert len(result.stderr.splitlines()) == 1
        assert "contract.py" in result.stderr

    def test_no_such_path_is_2(self, tmp_path: Path) -> None:
        assert CliRunner().invoke(app, [str(tmp_path / "none")]).exit_code == 2

    def test_the_rules_are_listed(self) -> None:
        result = CliRunner().invoke(app, ["--rules"])
        assert all(name in result.stdout for name in RULES)
