"""The client classes of a written module: one a contract, one method a function."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from weftwork.calling import SubmitOptions
from weftwork.errors import GenerateError
from weftwork.generate.document import Contract, Function, Parameter
from weftwork.generate.names import Names, is_name, snake
from weftwork.generate.types import WORDS, Type, Types, optional
from weftwork.generate.writing import called, comment, docstring, literal

INHERITED = frozenset({"network", "contract", "chaincode", "submit", "evaluate"})
"""What every client has from its base: no method may have such a name."""

_KEYWORDS = frozenset({"self", "options", *SubmitOptions.__optional_keys__})
_METHOD = "    "
_BODY = "        "


@dataclass(frozen=True, slots=True)
class _Argument:
    """A parameter of a method.

    Attributes:
        name: in Python.
        said: as it stands in the signature.
        sent: as it stands in the call.
        optional: whether it may be left out.
        description: what the docstring says of it.
    """

    name: str
    said: str
    sent: str
    optional: bool
    description: str


class ClientText:
    """Writes the class of one contract.

    Args:
        contract: the contract.
        chaincode: the chaincode's name on the channel.
        types: those of the module.
        tells_results: whether a function of which no result is told gives nothing.
        optional: functions whose result may be nothing.
        renamed: the method's name for a function's, where it is to be another.
    """

    def __init__(
        self,
        contract: Contract,
        chaincode: str,
        types: Types,
        *,
        tells_results: bool,
        optional: Collection[str],
        renamed: Mapping[str, str],
    ) -> None:
        self._contract = contract
        self._chaincode = chaincode
        self._types = types
        self._tells_results = tells_results
        self._optional = optional
        self._renamed = renamed

    def lines(self, name: str, base: str, *, waits: bool) -> list[str]:
        """The class, whose methods are coroutines where ``waits``."""
        said = self._contract.description or f"The functions of contract {self._contract.name}."
        made = [f"class {name}({base}):", *docstring(said, _METHOD), ""]
        made.append(f"{_METHOD}chaincode = {literal(self._chaincode)}")
        names = Names({*WORDS, *INHERITED})
        for wanted in self._renamed.values():
            if not is_name(wanted) or not names.is_free(wanted):
                raise GenerateError(f"{wanted!r} cannot be the name of a method here")
            names.give(wanted)
        for function in self._contract.functions:
            method = self._renamed.get(function.name) or names.give(
                snake(function.name, "function")
            )
            made += ["", *self._method(function, method, waits)]
        return made

    def _method(self, function: Function, method: str, waits: bool) -> Iterator[str]:
        classes = {*self._types.models, *self._types.used}
        names = Names({*WORDS, *_KEYWORDS, *classes})
        arguments = [
            self._argument(function, each, names.give(snake(each.name, "argument")))
            for each in self._ordered(function)
        ]
        result = self._result(function)
        options = "SubmitOptions" if function.writes else "EvaluateOptions"
        signature = ["self", *(each.said for each in arguments), f"**options: Unpack[{options}]"]
        start = f"{'async ' * waits}def {method}("
        yield from called(start, signature, f") -> {result.text}:", _METHOD)
        yield from docstring(self._said(function, method, arguments), _BODY)
        if result.note:
            yield f"{_BODY}# bytes: {comment(result.note)}"
        yield from self._call(function, arguments, result, waits)

    def _ordered(self, function: Function) -> list[Parameter]:
        """The parameters; one is optional only where all after it are."""
        made: list[Parameter] = []
        for each in reversed(function.parameters):
            required = each.required or bool(made and made[0].required)
            made.insert(0, Parameter(each.name, each.schema, required, each.description))
        return made

    def _argument(self, function: Function, parameter: Parameter, name: str) -> _Argument:
        made = self._types.of(parameter.schema, f"{function.name} {parameter.name}")
        text = made.text.removesuffix(" | None")
        optional = not parameter.required
        sent, accepted = name, text
        if text == "Any":
            accepted = "object"
        elif text.startswith("list["):
            sent, accepted = f"list({name})", f"Sequence[{made.item}]"
        elif text.startswith("dict["):
            sent, accepted = f"dict({name})", f"Mapping[str, {made.item}]"
        if made.open or (made.nullable and text == "str"):
            # Floats; and text that may be null, which our runtime takes as JSON.
            sent = f"as_json({sent})"
        if (made.nullable or optional) and sent != name:
            sent = f"None if {name} is None else {sent}"
        none = (made.nullable or optional) and accepted not in ("object", "None")
        said = f"{name}: {accepted}{' | None' if none else ''}{' = None' if optional else ''}"
        words = parameter.description or (f"{made.note}." if made.note else "")
        return _Argument(name, said, sent, optional, comment(words))

    def _result(self, function: Function) -> Type:
        if function.returns is None:
            if self._tells_results:
                return Type("None", nullable=True)
            return Type("bytes", "the metadata does not say what comes, if anything does")
        made = self._types.of(function.returns, f"{function.name} result")
        if made.text.removesuffix(" | None") == "Any":
            return Type("bytes", made.note)
        return optional(made) if function.name in self._optional else made

    def _said(self, function: Function, method: str, arguments: list[_Argument]) -> str:
        verb = "Submit" if function.writes else "Evaluate"
        text = function.description or f"{verb} {comment(function.name) or method}."
        told = [f"- {each.name}: {each.description}" for each in arguments if each.description]
        return "\n\n".join([text, "\n".join(told)] if told else [text])

    def _call(
        self, function: Function, arguments: list[_Argument], result: Type, waits: bool
    ) -> list[str]:
        full = function.name if self._contract.default else f"{self._contract.name}:{function.name}"
        sent = [each.sent for each in arguments]
        if any(each.optional for each in arguments):
            sent = [f"*given({', '.join(sent)})"]
        items = [literal(full), *sent, f"returns={result.text}", "**options"]
        verb = "submit" if function.writes else "evaluate"
        return called(f"return {'await ' * waits}self.{verb}(", items, ")", _BODY)
