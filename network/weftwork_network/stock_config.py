"""Fabric's stock configuration where a setting of ours cannot reach it from the environment.

Fabric 2.5 takes a variable that is empty for one that is not set. So that its peers ask no
container engine, their core.yaml itself must name none.
"""

import hashlib
import re
import shutil
import tempfile
from pathlib import Path

from weftwork_network.releases import CONFIG_FILES, Release, cache_folder

CORE = "core.yaml"
_DIGITS = 12
# The first `endpoint` of the block `vm`, which stands at the margin.
_ENDPOINT = re.compile(r"(?m)^(vm:[^\n]*\n(?:(?![^\s#]).*\n)*?[ \t]+endpoint:)[ \t]*\S.*$")


def without_engine(core: str) -> str:
    """The text of a core.yaml whose peers ask no container engine."""
    return _ENDPOINT.sub(r'\1 ""', core, count=1)


def edit(folder: Path) -> None:
    """Has the core.yaml of a folder that is our own name no container engine."""
    file = folder / CORE
    file.write_text(without_engine(file.read_text(encoding="utf-8")), encoding="utf-8")


def config_for(release: Release, folder: Path) -> Path:
    """The folder of a release's configuration as our nodes read it.

    Args:
        release: the release.
        folder: the stock configuration, which is left as it is.

    Returns:
        That folder, or an edited copy in this machine's cache.
    """
    if release.empty_counts or CORE not in release.config_files:
        return folder
    stock = (folder / CORE).read_text(encoding="utf-8")
    edited = without_engine(stock)
    if edited == stock:
        return folder
    digest = hashlib.sha256()
    for name in CONFIG_FILES:
        digest.update((folder / name).read_bytes())
    copy = cache_folder() / f"config-{release.line}-{digest.hexdigest()[:_DIGITS]}"
    if not copy.exists():
        cache_folder().mkdir(parents=True, exist_ok=True)
        made = Path(tempfile.mkdtemp(dir=cache_folder(), prefix=f".{copy.name}."))
        for name in CONFIG_FILES:
            shutil.copyfile(folder / name, made / name)
        edit(made)
        made.chmod(0o755)
        try:
            made.rename(copy)
        except OSError:  # another command has made it meanwhile
            shutil.rmtree(made)
    return copy
