"""What a caller learns when a Fabric CA refuses, answers nonsense or does not answer."""

import base64
import logging
import pickle
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.client.fake_ca import FakeCa
from tests.unit.client.people import issue, server_tls, user
from weftwork.ca import CertificateAuthority, Registrar
from weftwork.errors import (
    CaError,
    CaProblem,
    CaTlsError,
    CaUnreachableError,
    IdentityError,
    MissingExtraError,
)


@pytest.fixture
def fake() -> Iterator[FakeCa]:
    made = FakeCa()
    made.start()
    yield made
    made.stop()


@pytest.fixture
def authority(fake: FakeCa) -> Iterator[CertificateAuthority]:
    with CertificateAuthority(
        fake.url, "LogisticsMSP", tls_roots=server_tls().certificate
    ) as connected:
        yield connected


@pytest.fixture
def registrar(authority: CertificateAuthority) -> Registrar:
    return authority.registrar(user(label="registrar"))


def test_a_refusal_names_the_ca_what_was_asked_and_every_problem(
    fake: FakeCa, authority: CertificateAuthority
) -> None:
    fake.refuses(401, (20, "Authentication failure"), (0, "and more"))
    with pytest.raises(CaError) as caught:
        authority.enroll("clerk", "pw")
    error = caught.value
    assert (error.status, error.code, error.action) == (401, 20, "enroll clerk")
    assert error.problems == (CaProblem(20, "Authentication failure"), CaProblem(0, "and more"))
    first, hint = str(error).splitlines()
    assert first == (
        f"CA 127.0.0.1:{fake.port} could not enroll clerk: 401: "
        "Authentication failure (code 20); and more"
    )
    assert "its secret wrong" in hint
    copy = pickle.loads(pickle.dumps(error))
    assert (str(copy), copy.problems) == (str(error), error.problems)


def test_errors_after_an_answer_has_begun_are_no_success(
    fake: FakeCa, registrar: Registrar
) -> None:
    fake.refuses(200, (49, "Failed to get read row"))
    with pytest.raises(CaError, match="could not list identities: 200: Failed to get read row"):
        registrar.identities()


def test_a_right_that_lacks_is_told_as_such(fake: FakeCa, registrar: Registrar) -> None:
    fake.refuses(403, (71, "Authorization failure"))
    with pytest.raises(CaError, match=r"the caller lacks the right"):
        registrar.register("clerk")


def test_a_secret_stands_in_no_error_and_no_log(
    fake: FakeCa, registrar: Registrar, authority: CertificateAuthority, caplog
) -> None:
    secret = 's3cret"-\\with'
    caplog.set_level(logging.DEBUG)
    fake.refuses(400, (5, f'Invalid request body; body={{"secret":"s3cret\\"-\\\\with"}} {secret}'))
    for ask in (
        lambda: registrar.register("clerk", secret=secret),
        lambda: registrar.modify_identity("clerk", secret=secret),
        lambda: authority.enroll("clerk", secret),
    ):
        with pytest.raises(CaError) as caught:
            ask()
        assert "***" in str(caught.value)
        assert "s3cret" not in str(caught.value) + repr(caught.value.problems)
    basic = base64.b64encode(f"clerk:{secret}".encode()).decode()
    assert "s3cret" not in caplog.text
    assert basic not in caplog.text


def test_an_answer_that_is_not_a_ca_s(fake: FakeCa, authority: CertificateAuthority) -> None:
    fake.status, fake.content = 502, b"<html>Bad Gateway</html>"
    with pytest.raises(CaError, match=r"502: the answer is not that of a Fabric CA"):
        authority.info()
    fake.status = 200
    with pytest.raises(CaError, match=r"200: the answer is not that of a Fabric CA"):
        authority.info()
    fake.content = b'{"unrelated": true}'
    with pytest.raises(CaError, match="no reason given"):
        authority.info()
    fake.answers({"CAName": 7})
    with pytest.raises(CaError, match=r"its answer cannot be read: .*CAName"):
        authority.info()


def test_a_certificate_for_another_key_is_refused(
    fake: FakeCa, authority: CertificateAuthority
) -> None:
    fake.answers({"Cert": base64.b64encode(user().identity.certificate).decode()})
    with pytest.raises(CaError, match="what it issued cannot be used: private key does not"):
        authority.enroll("clerk", "pw")
    fake.answers({"Cert": "%%%"})
    with pytest.raises(CaError, match="what it issued cannot be used"):
        authority.enroll("clerk", "pw")


def test_an_authority_that_is_not_trusted(fake: FakeCa) -> None:
    with (
        CertificateAuthority(
            fake.url, "LogisticsMSP", tls_roots=issue("other").certificate
        ) as stranger,
        pytest.raises(CaTlsError, match=r"TLS failed: .*CERTIFICATE_VERIFY_FAILED.*tls_roots"),
    ):
        stranger.enroll("clerk", "pw")
    assert fake.asked == []


def test_nobody_there() -> None:
    with (
        CertificateAuthority(
            "https://127.0.0.1:9", "LogisticsMSP", tls_roots=server_tls().certificate
        ) as nobody,
        pytest.raises(CaUnreachableError, match="could not tell of itself: no answer") as caught,
    ):
        nobody.info()
    assert isinstance(caught.value, ConnectionError)
    assert not isinstance(caught.value, CaTlsError)
    assert "all the same" not in str(caught.value)


def test_one_that_never_answers() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        with (
            CertificateAuthority(
                f"https://127.0.0.1:{port}",
                "LogisticsMSP",
                tls_roots=server_tls().certificate,
                timeout=0.2,
            ) as authority,
            pytest.raises(CaUnreachableError, match=r"no answer: nothing within 0\.2 s"),
        ):
            authority.info()


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://ca.example:7054", r"CA ca\.example:7054 .* starts with https://"),
        ("https://admin:adminpw@ca.example", r"CA ca\.example:443 .*leave user and secret out"),
        ("ca.example:7054", "starts with https://"),
        ("https://ca.example:99999", "this is no URL"),
        ("https://admin:adminpw@ca.example:x", "this is no URL"),
    ],
)
def test_a_url_that_would_give_the_secret_away(url: str, reason: str) -> None:
    with pytest.raises(CaError, match=reason) as caught:
        CertificateAuthority(url, "LogisticsMSP")
    assert "adminpw" not in str(caught.value)


def test_tls_roots_that_are_none(tmp_path: Path) -> None:
    for roots in (tmp_path / "missing.pem", str(tmp_path / "missing.pem"), b"no PEM"):
        with pytest.raises(IdentityError, match="TLS CAs cannot be used"):
            CertificateAuthority("https://ca.example", "LogisticsMSP", tls_roots=roots)


def test_an_id_that_a_ca_cannot_be_asked_for(fake: FakeCa, registrar: Registrar) -> None:
    with pytest.raises(CaError, match="with a slash"):
        registrar.identity("a/b")
    assert fake.asked == []


def test_without_httpx_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "httpx", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'weftwork\[ca\]'"):
        CertificateAuthority("https://ca.example", "LogisticsMSP")
