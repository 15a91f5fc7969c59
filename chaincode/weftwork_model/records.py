"""Records: typed values that the ledger keeps, each with its kind, its version and its key.

A `Part` is a frozen struct that lives inside other values. A `Record` is a Part with a place
of its own on the ledger: its JSON carries `kind` and `v`, its key is built from its fields.
"""

from typing import TYPE_CHECKING, Any, ClassVar, Literal, TypeVar, dataclass_transform

import msgspec
from msgspec import structs

from weftwork_model.errors import ModelError
from weftwork_model.keys import composite_key
from weftwork_model.strict import strict_annotations

RESERVED = frozenset({"kind", "v"})
"""Field names that a record's JSON uses for itself."""


@dataclass_transform(kw_only_default=True, frozen_default=True, field_specifiers=(msgspec.field,))
class ModelMeta(msgspec.StructMeta):
    """Makes struct classes whose fields are held to what is safe on a ledger."""

    def __new__(
        mcls,
        name: str,
        bases: tuple[type, ...],
        namespace: dict[str, Any],
        *,
        kind: str | None = None,
        key: tuple[str, ...] = (),
        version: int = 1,
        **options: Any,
    ) -> "ModelMeta":
        """Make one class, its annotations strict, its kind and version in place."""
        annotations = strict_annotations(name, namespace)
        if kind is not None:
            clash = RESERVED & annotations.keys()
            if clash:
                raise TypeError(f"{name}.{min(clash)}: the name is the record's own")
            if version < 1:
                raise TypeError(f"{name}: version starts at 1")
            annotations["v"] = Literal[version]
            namespace["v"] = version
            options |= {"tag": kind, "tag_field": "kind"}
        namespace["__annotations__"] = annotations
        namespace["__weftwork_strict__"] = True
        # msgspec does not inherit this option: without it no field could follow an optional one
        options.setdefault("kw_only", True)
        cls = super().__new__(mcls, name, bases, namespace, **options)
        if kind is not None:
            _name_record(cls, kind, key, version)
        return cls


def _name_record(cls: Any, kind: str, key: tuple[str, ...], version: int) -> None:
    if not key:
        raise TypeError(f"{cls.__name__}: key names no field; a record needs one")
    unknown = [field for field in key if field not in cls.__struct_fields__]
    if unknown:
        raise TypeError(f"{cls.__name__}: key names {unknown[0]!r}, which is no field")
    composite_key(kind, ())  # a kind that cannot stand in a key fails here, once
    cls.kind = kind
    cls.version = version
    cls.key_fields = key


class Part(
    msgspec.Struct, metaclass=ModelMeta, frozen=True, kw_only=True, forbid_unknown_fields=True
):
    """A frozen value inside a record, an argument or a result; it has no key of its own.

    ```python
    class Item(Part):
        serial: Id
        quantity: Count
    ```
    Fields may be str, int, bool, None, the types of `weftwork_model.fields`, Literal, Enum of
    str or int, other Parts, and list, tuple, dict (with str keys) and unions of these. A bare
    `int` is held within ±(2^53-1). Values are checked when they are encoded and decoded, not
    when they are built.

    Raises:
        TypeError: At class definition, for a field type that has no one canonical JSON form.
    """


class Record(Part):
    """A value on the ledger.

    ```python
    class Consignment(Record, kind="consignment", key=("id",), version=1):
        id: Id
    ```
    Class keywords: `kind`, the name of the record's kind, and the first part of its key; `key`,
    the fields that make the rest of the key, in order; `version`, of the schema: a value
    written under another version is refused when it is decoded.
    """

    kind: ClassVar[str]
    version: ClassVar[int]
    key_fields: ClassVar[tuple[str, ...]]

    if TYPE_CHECKING:

        def __init_subclass__(
            cls, *, kind: str | None = None, key: tuple[str, ...] = (), version: int = 1
        ) -> None: ...

    @property
    def ledger_key(self) -> str:
        """The record's key on the ledger, in Fabric's composite form.

        Raises:
            ModelError: A key field is empty or holds what a key cannot hold.
        """
        return composite_key(self.kind, [getattr(self, name) for name in self.key_fields])

    @classmethod
    def key_of(cls, *parts: str | int) -> str:
        """The ledger key of the record whose key fields are `parts`, all of them, in order.

        Raises:
            ModelError: A part is missing, is one too many, or cannot stand in a key.
        """
        if len(parts) != len(cls.key_fields):
            wanted = ", ".join(cls.key_fields)
            raise ModelError("$key", f"{cls.kind} has the key ({wanted}), given {len(parts)} parts")
        return composite_key(cls.kind, parts)

    @classmethod
    def prefix_of(cls, *parts: str | int) -> str:
        """The prefix of the ledger keys of all records whose first key fields are `parts`.

        Raises:
            ModelError: There are more parts than key fields, or one cannot stand in a key.
        """
        if len(parts) > len(cls.key_fields):
            raise ModelError("$key", f"{cls.kind} has {len(cls.key_fields)} key fields")
        return composite_key(cls.kind, parts)


PartT = TypeVar("PartT", bound=Part)


def replace(record: PartT, **changes: Any) -> PartT:
    """A copy of `record` with some fields changed. Like any value it is checked when encoded.

    Raises:
        TypeError: A change names no field.
    """
    return structs.replace(record, **changes)
