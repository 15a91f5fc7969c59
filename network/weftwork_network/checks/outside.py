"""Rules of what comes from outside or is seen from there: others' images, a published address."""

import ipaddress
import re

from weftwork_network.checks.review import Review
from weftwork_network.definition import Images

# A registry's name with its port, then the path, as engines read them.
_PART = r"[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*"
_IMAGE = re.compile(
    rf"(?:[a-zA-Z0-9.-]+(?::[0-9]+)?/)?{_PART}(?:/{_PART})*"
    r"(?::(?P<tag>[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}))?(?P<digest>@sha256:[0-9a-f]{64})?",
    re.ASCII,
)
# All three numbers: 3.1 alone is another image tomorrow.
_EXACT = re.compile(r"(?:^|[^0-9.])[0-9]+\.[0-9]+\.[0-9]+(?:[^0-9.]|$)")


def check_outside(review: Review) -> None:
    """Images are named exactly; a published address is one."""
    if isinstance(review.written.images, Images):
        images = review.written.images
        for use, name in (("peer", images.peer), ("orderer", images.orderer), ("ca", images.ca)):
            if name is not None:
                _check_image(review, use, name)
    elif review.written.images == "official" and review.written.fabric == "2.5":
        # No variable empties the engine's address in 2.5's core.yaml, and a peer that finds no
        # engine there is never healthy.
        review.add(
            "the official peers of Fabric 2.5 want a container engine of their own; write "
            "`images: built`",
            "images",
        )
    _check_publish(review)


def _check_image(review: Review, use: str, name: str) -> None:
    found = _IMAGE.fullmatch(name)
    if found is None:
        review.add(f"'{name}' is no image's name; write e.g. registry/name:1.2.3", "images", use)
    elif not found["digest"] and not _EXACT.search(found["tag"] or ""):
        review.add(
            f"'{name}' names no exact version, so that it may be another image tomorrow; "
            "write e.g. name:1.2.3, or name@sha256:…",
            *("images", use),
        )


def _check_publish(review: Review) -> None:
    written = review.written.publish
    try:
        address = ipaddress.IPv4Address(written)
    except ValueError:
        review.add(f"'{written}' is no IPv4 address; write e.g. 192.0.2.7", "publish")
        return
    if address.is_unspecified or address.is_multicast:
        review.add(
            f"{written} is no address of its own; certificates name it, so write the one by which "
            "this machine is reached",
            "publish",
        )
