"""Packages of code folders of every type, and packages read back."""

import gzip
import io
import tarfile
from pathlib import Path

import pytest

from weftwork.admin import package_chaincode, package_folder, package_id, read_package
from weftwork.errors import PackageError

INDEX = '{"index": {"fields": ["owner"]}, "ddoc": "d", "name": "n", "type": "json"}'
INDEXES = "META-INF/statedb/couchdb/indexes/owner.json"


def write(folder: Path, **files: str) -> Path:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    return folder


GO = {"go.mod": "module example.org/cc\n\ngo 1.22\n", "cmd/main.go": "package main\n"}
CASES = {
    "golang": (
        GO | {"vendor/x/x.go": "package x\n", ".git/HEAD": "", f"cmd/{INDEXES}": INDEX},
        "cmd",
        "example.org/cc/cmd",
        {"src/go.mod", "src/cmd/main.go", "src/vendor/x/x.go", INDEXES},
    ),
    "node": (
        {
            "package.json": "{}",
            "lib/a.js": "",
            "node_modules/x/x.js": "",
            ".git/x": "",
            INDEXES: INDEX,
        },
        "",
        "",
        {"src/package.json", "src/lib/a.js", INDEXES},
    ),
    "java": (
        {"pom.xml": "", "src/main/java/A.java": "", "target/A.class": "", "A.class": ""},
        "",
        "",
        {"src/pom.xml", "src/src/main/java/A.java"},
    ),
    "ccaas": (
        {"connection.json": "{}", INDEXES: INDEX},
        "",
        "",
        {"connection.json", INDEXES},
    ),
    "external": ({"anything.txt": "x"}, "", "", {"anything.txt"}),
}


@pytest.mark.parametrize("type", CASES)
def test_a_folder_becomes_a_package_of_its_type(
    type: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files, inner, path, wanted = CASES[type]
    first = write(tmp_path / "one", **files)
    second = write(tmp_path / "two", **dict(reversed(files.items())))
    package = package_folder(first / inner, "cc_1", type)
    assert package_folder(str(second / inner), "cc_1", type) == package
    monkeypatch.chdir(second)
    assert package_folder(inner or ".", "cc_1", type) == package
    monkeypatch.chdir(second / inner)
    assert package_folder(".", "cc_1", type) == package
    read = read_package(package)
    assert set(read.files) == wanted
    assert (read.label, read.type, read.path) == ("cc_1", type, path)
    assert read.id == package_id(package)


def test_a_package_of_fabric_s_own_command_is_read() -> None:
    def archive(files: dict[str, bytes]) -> bytes:
        buffer = io.BytesIO()
        with tarfile.open(fileobj=buffer, mode="w") as out:
            for name, content in files.items():
                entry = tarfile.TarInfo(name)
                entry.size = len(content)
                out.addfile(entry, io.BytesIO(content))
            folder = tarfile.TarInfo("src")
            folder.type = tarfile.DIRTYPE
            out.addfile(folder)
        return gzip.compress(buffer.getvalue())

    metadata = b'{"path":"example.org/cc","type":"golang","label":"cc"}'
    code = archive({"src/main.go": b"package main"})
    read = read_package(archive({"metadata.json": metadata, "code.tar.gz": code}))
    assert (read.label, read.type, read.path) == ("cc", "golang", "example.org/cc")
    assert read.files == {"src/main.go": b"package main"}
    with pytest.raises(PackageError, match=r"code\.tar\.gz is missing"):
        read_package(archive({"metadata.json": metadata}))
    with pytest.raises(PackageError, match="not a chaincode package"):
        read_package(archive({"metadata.json": b"[]"}))
    with pytest.raises(PackageError, match="not a chaincode package"):
        read_package(package_chaincode("l", {"a": b"b"})[:100])


@pytest.mark.parametrize(
    ("type", "files", "words"),
    [
        ("golang", {"main.go": "package main"}, "is in no Go module"),
        ("golang", {"go.mod": "go 1.22"}, "names no module"),
        ("golang", {"go.mod": "module m"}, "holds no Go code"),
        ("node", {"a.js": ""}, r"holds no package\.json"),
        ("java", {"A.java": ""}, r"neither build\.gradle nor pom\.xml"),
        ("ccaas", {"a": ""}, r"holds no connection\.json"),
        ("ccaas", {"connection.json": "{"}, r"connection\.json: is not JSON"),
        ("external", {}, "is empty"),
        ("external", {"a": "", "META-INF/x.json": "{}"}, "a peer takes indexes alone"),
        ("external", {"a": "", INDEXES: "{"}, r"owner\.json: is not JSON"),
        ("external", {"a": "", INDEXES: "{}"}, 'has no "index"'),
    ],
)
def test_a_folder_that_will_not_do(
    type: str, files: dict[str, str], words: str, tmp_path: Path
) -> None:
    folder = tmp_path / "code"
    folder.mkdir()
    with pytest.raises(PackageError, match=words):
        package_folder(write(folder, **files), "cc", type)


def test_no_folder_and_a_link_out_of_it(tmp_path: Path) -> None:
    with pytest.raises(PackageError, match="no such folder"):
        package_folder(tmp_path / "none", "cc", "external")
    secret = tmp_path / "key.pem"
    secret.write_text("secret")
    folder = write(tmp_path / "code", a="")
    (folder / "link").symlink_to(secret)
    with pytest.raises(PackageError, match="leads out of the folder"):
        package_folder(folder, "cc", "external")
