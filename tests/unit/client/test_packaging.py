"""Chaincode packages: the same bytes everywhere, readable by anybody's tar and gzip."""

import gzip
import hashlib
import io
import json
import tarfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weftwork.errors import PackageError
from weftwork.packaging import package_chaincode, package_id, package_label

CODE = {"chaincode.json": b'{"name":"logistics"}', "a/b.txt": b"x" * 100_000}


def files_in(archive: bytes) -> dict[str, bytes]:
    with tarfile.open(fileobj=io.BytesIO(gzip.decompress(archive))) as opened:
        files: dict[str, bytes] = {}
        for member in opened.getmembers():
            assert (member.mtime, member.uid, member.gid, member.mode) == (0, 0, 0, 0o644)
            content = opened.extractfile(member)
            assert content
            files[member.name] = content.read()
        return files


def test_a_package_opens() -> None:
    outer = files_in(package_chaincode("logistics", CODE))
    assert list(outer) == ["metadata.json", "code.tar.gz"]
    assert json.loads(outer["metadata.json"]) == {"label": "logistics", "path": "", "type": "ccaas"}
    assert files_in(outer["code.tar.gz"]) == CODE


def test_the_bytes_are_these_and_no_others() -> None:
    # Departments on other machines, Pythons and zlibs must come to this very id.
    package = package_chaincode("logistics", {"chaincode.json": b'{"name":"logistics"}'})
    assert package_id(package) == f"logistics:{hashlib.sha256(package).hexdigest()}"
    assert hashlib.sha256(package).hexdigest() == (
        "154c1037526e7b950338ffa8a41edf1f3e70a0bec35cb80068610a29f1e97444"
    )


def test_the_order_of_files_does_not_matter() -> None:
    turned = dict(reversed(CODE.items()))
    assert package_chaincode("l", CODE) == package_chaincode("l", turned)


@given(st.binary(max_size=200_000))
def test_any_content_comes_back(content: bytes) -> None:
    outer = files_in(package_chaincode("l", {"f": content}))
    assert files_in(outer["code.tar.gz"]) == {"f": content}


@pytest.mark.parametrize("size", [0, 1, 65_535 - 10_240, 65_535, 65_536, 131_070, 131_071])
def test_stored_blocks_at_their_border(size: int) -> None:
    outer = files_in(package_chaincode("l", {"f": b"z" * size}))
    assert files_in(outer["code.tar.gz"])["f"] == b"z" * size


@pytest.mark.parametrize("label", ["", "a b", "-a", "a:b", "a\n", "é", "a."])
def test_labels_that_fabric_refuses(label: str) -> None:
    with pytest.raises(PackageError, match="label"):
        package_chaincode(label, CODE)


@pytest.mark.parametrize("path", ["/etc/x", "../x", "a/../b", "", "n" * 300])
def test_paths_that_leave_the_package(path: str) -> None:
    with pytest.raises(PackageError, match="path"):
        package_chaincode("l", {path: b""})


@pytest.mark.parametrize("data", [b"", b"nonsense", gzip.compress(b"no tar", mtime=0)])
def test_what_is_no_package(data: bytes) -> None:
    with pytest.raises(PackageError, match="not a chaincode package"):
        package_label(data)
