"""Generates docs/reference from docstrings; with --check, says what of it is stale."""

import re
import sys
from collections.abc import Iterator
from pathlib import Path

import griffe

from weftwork_chaincode.lint import RULES

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "docs/reference"
PAGES = {
    "weftwork": "what an integrator writes with",
    "weftwork.departments": "typed clients of the four departments",
    "weftwork.admin": "chaincode, channels, peers and orderers from code",
    "weftwork.ca": "users enrolled by a Fabric CA",
    "weftwork.ledger": "blocks and transactions as typed objects",
    "weftwork.proof": "a transaction proven to who has no access to the network",
    "weftwork.hsm": "keys that stay in an HSM",
    "weftwork.generate": "typed clients written from a chaincode's metadata",
    "weftwork_chaincode": "what a contract is written with",
    "weftwork_chaincode.testing": "contracts run without a network",
    "weftwork_chaincode.lint": "what departments' peers would disagree on, found in the code",
    "weftwork_chaincode.replay": "what they would disagree on, found by running it again",
}
SYNC = {"weftwork.departments", "weftwork.admin", "weftwork.ca"}
"""Facades of the generated sync client: its modules hold the docstrings."""
OURS = ("weftwork.", "weftwork_chaincode.")
DOUBLE = re.compile(r"(?<!`)``(?!`)")
WIDTH = 88
ROLE = re.compile(r":\w+:`~?([\w.]+)`")
Member = griffe.Class | griffe.Function | griffe.Attribute


class Page:
    """One package's public names, as Markdown."""

    def __init__(self, path: str, package: griffe.Module, about: str) -> None:
        self.undocumented: list[str] = []
        self._path = path
        self._package = package
        self._about = about
        self._public = {name: _target(package, name) for name in sorted(package.exports or [])}
        self._groups = [
            ("Classes", [n for n, m in self._public.items() if m.is_class and not _is_error(m)]),
            ("Functions", [n for n, m in self._public.items() if m.is_function]),
            ("Values", [n for n, m in self._public.items() if m.is_attribute]),
            ("Errors", [n for n, m in self._public.items() if _is_error(m)]),
        ]
        # Of two names that differ in capitals alone the later has its heading numbered.
        self._anchors: dict[str, str] = {}
        for name in (name for _, names in self._groups for name in names):
            taken = [each for each in self._anchors if each.lower() == name.lower()]
            self._anchors[name] = f"{name.lower()}-{len(taken)}" if taken else name.lower()

    def text(self) -> str:
        """The whole page."""
        return "\n".join(self._lines()).rstrip() + "\n"

    def _lines(self) -> Iterator[str]:
        yield f"# `{self._path}`: {self._about}"
        yield ""
        yield "Generated from the docstrings by `make reference`."
        yield ""
        yield from self._docstring(self._package)
        for title, names in self._groups:
            if names:
                yield f"| {title} | |"
                yield "|---|---|"
                for name in names:
                    summary = self._summary(self._public[name])
                    yield f"| [`{name}`](#{self._anchors[name]}) | {summary} |"
                yield ""
        for _, names in self._groups:
            for name in names:
                yield from self._member(name, self._public[name])
        if self._path.endswith(".lint"):
            yield from _rules()

    def _member(self, name: str, member: Member) -> Iterator[str]:
        yield f"## {name}"
        yield ""
        if isinstance(member, griffe.Class):
            yield from self._class(name, member)
        elif isinstance(member, griffe.Function):
            yield from _fenced(_signature(member, name))
            yield from self._docstring(member)
        else:
            yield from _fenced([f"{name}{_annotated(member)}"])
            yield from self._docstring(member)

    def _class(self, name: str, member: griffe.Class) -> Iterator[str]:
        yield from _fenced(_constructor(member, name))
        if shown := [str(base) for base in member.bases if str(base) in self._public]:
            yield f"A {', '.join(self._link(base) for base in shown)}."
            yield ""
        yield from self._docstring(member)
        told = _attributes_told(member)
        rest = [m for n, m in self._members(member).items() if _is_public(n) and n not in told]
        fields = [m for m in rest if isinstance(m, griffe.Attribute)]
        described = [m for m in fields if m.docstring]
        properties = [m for m in described if "property" in m.labels]
        for title, group in (("Fields", [m for m in described if m not in properties]),
                             ("Properties", properties)):  # fmt: skip
            if group:
                yield f"{title}:"
                yield ""
                for each in group:
                    yield f"- `{each.name}{_annotated(each)}`: {self._whole(each)}"
                yield ""
        for each in rest:
            if isinstance(each, griffe.Function):
                yield f"### {name}.{each.name}"
                yield ""
                yield from _fenced(_signature(each, each.name))
                yield from self._docstring(each)

    def _members(self, member: griffe.Class) -> dict[str, griffe.Object]:
        """A class's own members, and those of bases that have no place of their own here."""
        found = dict(member.members)
        for name, alias in member.inherited_members.items():
            owner = alias.final_target.parent
            ours = owner is not None and owner.path.startswith(OURS)
            if ours and owner.name not in self._public:
                found[name] = alias.final_target
        return found

    def _docstring(self, member: griffe.Object) -> Iterator[str]:
        if member.docstring is None:
            self.undocumented.append(member.path)
            return
        for section in member.docstring.parse("google", warnings=False):
            match section:
                case griffe.DocstringSectionText(value=text):
                    yield self._prose(_fence_code(text))
                    yield ""
                case griffe.DocstringSectionParameters(value=items):
                    yield from self._items("Arguments", [(i.name, i.description) for i in items])
                case griffe.DocstringSectionAttributes(value=items):
                    yield from self._items(
                        "Attributes", [(_typed(member, i.name), i.description) for i in items]
                    )
                case griffe.DocstringSectionRaises(value=items):
                    yield from self._items(
                        "Raises", [(str(i.annotation), i.description) for i in items]
                    )
                case griffe.DocstringSectionReturns(value=items):
                    yield f"Returns: {' '.join(self._line(i.description) for i in items)}"
                    yield ""
                case griffe.DocstringSectionYields(value=items):
                    yield f"Yields: {' '.join(self._line(i.description) for i in items)}"
                    yield ""
                case _:
                    raise SystemExit(f"{member.path}: a section {section.kind} has no form yet")

    def _items(self, title: str, items: list[tuple[str, str]]) -> Iterator[str]:
        yield f"{title}:"
        yield ""
        for name, text in items:
            yield f"- `{name}`: {self._line(text)}"
        yield ""

    def _summary(self, member: griffe.Object) -> str:
        text = member.docstring.value if member.docstring else ""
        first = " ".join(text.partition("\n\n")[0].split())
        sentence = re.split(r"(?<=[.?!])\s", first)[0].removesuffix(":")
        return self._prose(sentence).replace("|", "\\|")

    def _whole(self, member: griffe.Object) -> str:
        return self._line(member.docstring.value if member.docstring else "")

    def _line(self, text: str) -> str:
        return self._prose(" ".join(text.split()))

    def _prose(self, text: str) -> str:
        return ROLE.sub(lambda match: self._link(match[1]), DOUBLE.sub("`", text))

    def _link(self, name: str) -> str:
        for package in PAGES:
            short = name.removeprefix(f"{package}.")
            if package != self._path and short != name and "." not in short:
                if name in PAGES:
                    return f"[`{name}`]({name}.md)"
                return f"[`{short}`]({package}.md#{short.lower()})"
        short = name.rpartition(".")[2]
        for candidate in (name, short):
            if candidate in self._public:
                return f"[`{candidate}`](#{self._anchors[candidate]})"
        return f"`{name}`"


def _target(package: griffe.Module, name: object) -> Member:
    found = package[str(name)]
    return found.final_target if isinstance(found, griffe.Alias) else found


def _is_error(member: Member) -> bool:
    names = {str(base).rpartition(".")[2] for base in getattr(member, "bases", ())}
    name = member.name
    return member.is_class and (
        any(base.endswith(("Error", "Exception")) for base in names)
        or name.endswith("Error")
        or "/errors" in str(member.filepath)
    )


def _is_public(name: str) -> bool:
    return not name.startswith("_")


def _attributes_told(member: griffe.Class) -> set[str]:
    """The attributes that the class's own docstring tells of."""
    sections = member.docstring.parse("google", warnings=False) if member.docstring else []
    return {
        item.name
        for section in sections
        if isinstance(section, griffe.DocstringSectionAttributes)
        for item in section.value
    }


def _annotated(member: griffe.Attribute) -> str:
    return f": {_plain(member.annotation)}" if member.annotation is not None else ""


def _typed(member: griffe.Object, name: str) -> str:
    found = member.members.get(name)
    return f"{name}{_annotated(found)}" if isinstance(found, griffe.Attribute) else name


def _plain(annotation: object) -> str:
    text = str(annotation).strip("'\"")
    return text.removeprefix("ClassVar[").removesuffix("]") if "ClassVar[" in text else text


def _constructor(member: griffe.Class, name: str) -> list[str]:
    made = member.members.get("__init__")
    if isinstance(made, griffe.Function):
        return _signature(made, name, "class ", result=False)
    if "dataclass" in member.labels:
        parameters = [p for p in member.parameters if p.name != "self"]
        return _broken(f"class {name}", [_parameter(p) for p in parameters], "")
    if any(str(base) in ("NamedTuple", "Struct", "msgspec.Struct") for base in member.bases):
        fields = [m for m in member.members.values() if isinstance(m, griffe.Attribute)]
        shown = [f"{m.name}{_annotated(m)}" for m in fields if "property" not in m.labels]
        return _broken(f"class {name}", shown, "")
    return [f"class {name}"]


def _signature(
    function: griffe.Function, name: str, before: str = "", *, result: bool = True
) -> list[str]:
    shown: list[str] = []
    before = before or ("async def " if "async" in function.labels else "def ")
    last = None
    for parameter in function.parameters:
        kind = parameter.kind
        of_class = function.parent is not None and function.parent.is_class
        if parameter.name in ("self", "cls") and of_class:
            continue
        keyword = griffe.ParameterKind.keyword_only
        stars = (griffe.ParameterKind.var_positional, keyword)
        if kind is keyword and last not in stars:
            shown.append("*")
        last = kind
        shown.append(_parameter(parameter))
    tail = f" -> {function.returns}" if result and function.returns is not None else ""
    return _broken(f"{before}{name}", shown, tail)


def _parameter(parameter: griffe.Parameter) -> str:
    star = {
        griffe.ParameterKind.var_positional: "*",
        griffe.ParameterKind.var_keyword: "**",
    }.get(parameter.kind, "")
    text = star + parameter.name
    if parameter.annotation is not None:
        text += f": {parameter.annotation}"
    if parameter.default is not None and not star:
        text += (
            f" = {parameter.default}"
            if parameter.annotation is not None
            else (f"={parameter.default}")
        )
    return text


def _broken(head: str, parameters: list[str], tail: str) -> list[str]:
    parameters = [parameter.replace("'", '"') for parameter in parameters]
    line = f"{head}({', '.join(parameters)}){tail}"
    if len(line) <= WIDTH:
        return [line]
    return [f"{head}(", *(f"    {parameter}," for parameter in parameters), f"){tail}"]


def _fenced(lines: list[str]) -> Iterator[str]:
    yield "```python"
    yield from lines
    yield "```"
    yield ""


def _fence_code(text: str) -> str:
    """Indented blocks as fenced ones, so that they are shown in Python's colours."""
    out: list[str] = []
    for block in re.split(r"\n\n(?=\S)", text):
        lines = block.split("\n")
        code = [line for line in lines if line.strip()]
        indented = [line.startswith("    ") for line in code]
        if any(indented) and not code[0].startswith(" "):
            at = next(place for place, line in enumerate(lines) if line.startswith("    "))
            head = "\n".join(lines[:at]).rstrip()
            body = "\n".join(line.removeprefix("    ") for line in lines[at:]).strip("\n")
            out.append(f"{head}\n\n```python\n{body}\n```")
        else:
            out.append(block)
    return "\n\n".join(out)


def _rules() -> Iterator[str]:
    yield "## The rules"
    yield ""
    yield "| rule | what it finds | instead |"
    yield "|---|---|---|"
    for rule in RULES.values():
        yield f"| `{rule.name}` | {rule.about} | {rule.instead} |"


def pages() -> tuple[dict[Path, str], list[str]]:
    """Every page by its file, and what has no docstring."""
    folders = [str(ROOT / name) for name in ("client", "chaincode")]
    loader = griffe.GriffeLoader(search_paths=folders)
    loaded = {name: loader.load(name) for name in ("weftwork", "weftwork_chaincode")}
    loader.resolve_aliases(implicit=True)
    found: dict[Path, str] = {}
    missing: list[str] = []
    for name, about in PAGES.items():
        top, _, below = name.partition(".")
        if name in SYNC:
            below = f"_sync.{below}"
        package = loaded[top][below] if below else loaded[top]
        page = Page(name, package, about)
        found[FOLDER / f"{name}.md"] = page.text()
        missing += page.undocumented
    index = ["# Reference", "", "Generated from the docstrings by `make reference`.", ""]
    index += [f"- [`{name}`]({name}.md): {about}" for name, about in PAGES.items()]
    found[FOLDER / "README.md"] = "\n".join(index) + "\n"
    return found, missing


def main() -> None:
    found, missing = pages()
    if missing:
        raise SystemExit(f"no docstring: {', '.join(sorted(set(missing)))}")
    present = set(FOLDER.glob("*.md"))
    if sys.argv[1:] == ["--check"]:
        stale = [path for path, text in found.items()
                 if path not in present or path.read_text(encoding="utf-8") != text]  # fmt: skip
        stale += present - set(found)
        if stale:
            names = ", ".join(sorted(path.name for path in stale))
            raise SystemExit(f"stale: docs/reference: {names}; run `make reference`")
        return
    FOLDER.mkdir(exist_ok=True)
    for path in present - set(found):
        path.unlink()
    for path, text in found.items():
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
