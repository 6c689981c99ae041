import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import jwt
import pytest

from shared.auth import tokens
from shared.auth.keys import jwks_of, key_id, make_key, read_private
from shared.errors import NotAuthenticated

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _keys(tmp_path: Path, settings: Any) -> None:
    for name in ("core", "telemetry", "compliance"):
        make_key(tmp_path, name)
    settings.SIGNING_KEY_FILE = tmp_path / "core.key"
    settings.JWKS_DIR = tmp_path / "jwks"
    settings.SERVICE = "core"
    settings.SERVICE_SCOPES = {"telemetry": ["points:sync"]}
    tokens._keys_of.cache_clear()
    tokens._verified.clear()


def user_token(**changes: Any) -> str:
    given = {"user_id": uuid4(), "email": "ana@example.cl", "scopes": ["core:read"], "points": [], "now": NOW}
    return tokens.sign_user_token(**{**given, "lifetime": timedelta(minutes=10), **changes})


def service_token(issuer: str, settings: Any, *, audience: str = "core") -> str:
    settings.SIGNING_KEY_FILE, settings.SERVICE = settings.SIGNING_KEY_FILE.with_name(f"{issuer}.key"), issuer
    token = tokens.sign_service_token(audience=audience, now=NOW)
    settings.SERVICE = "core"
    return token


def test_a_person_is_known_by_the_token_alone() -> None:
    point = uuid4()
    principal = tokens.verify(user_token(points=[point]), now=NOW)
    assert (principal.kind, principal.actor, principal.scopes) == ("user", "user:ana@example.cl", {"core:read"})
    assert principal.may_see(point)
    assert not principal.may_see(uuid4())


def test_no_list_of_points_means_all_of_them() -> None:
    assert tokens.verify(user_token(points=None), now=NOW).may_see(uuid4())


@pytest.mark.parametrize("age", [timedelta(minutes=10), timedelta(days=1), -timedelta(minutes=1)])
def test_a_token_is_valid_in_its_time_only(age: timedelta) -> None:
    token = user_token()
    tokens.verify(token, now=NOW)  # remembered, and checked for its time all the same
    with pytest.raises(NotAuthenticated):
        tokens.verify(token, now=NOW + age)


def test_a_service_gets_the_scopes_that_the_callee_gives_it(settings: Any) -> None:
    principal = tokens.verify(service_token("telemetry", settings), now=NOW)
    assert (principal.actor, principal.scopes, principal.points) == ("service:telemetry", {"points:sync"}, None)


def test_a_service_that_is_not_trusted_is_refused(settings: Any) -> None:
    with pytest.raises(NotAuthenticated):
        tokens.verify(service_token("compliance", settings), now=NOW)


def test_a_token_for_another_service_is_refused(settings: Any) -> None:
    with pytest.raises(NotAuthenticated):
        tokens.verify(service_token("telemetry", settings, audience="compliance"), now=NOW)


def test_only_core_speaks_for_people(settings: Any) -> None:
    settings.SIGNING_KEY_FILE, settings.SERVICE = settings.SIGNING_KEY_FILE.with_name("telemetry.key"), "telemetry"
    forged = user_token()
    settings.SERVICE = "core"
    with pytest.raises(NotAuthenticated):
        tokens.verify(forged, now=NOW)


def test_a_changed_token_is_refused() -> None:
    head, body, signature = user_token().split(".")
    other = user_token().split(".")[1]
    for token in (f"{head}.{other}.{signature}", f"{head}.{body}.", "nonsense", ""):
        with pytest.raises(NotAuthenticated):
            tokens.verify(token, now=NOW)


def test_a_token_signed_with_a_symmetric_algorithm_is_refused(settings: Any) -> None:
    kid = key_id(read_private(settings.SIGNING_KEY_FILE).public_key())
    claims = {"iss": "core", "aud": "core", "sub": "x", "typ": "user", "iat": NOW, "exp": NOW + timedelta(hours=1)}
    public = "any text that is at least 32 bytes long"
    with pytest.raises(NotAuthenticated):
        tokens.verify(jwt.encode(claims, public, algorithm="HS256", headers={"kid": kid}), now=NOW)


def test_an_issuer_that_is_a_path_reads_no_file(settings: Any) -> None:
    assert tokens._keys_of("../core") == {}


def test_a_new_key_is_accepted_without_a_restart(settings: Any, tmp_path: Path) -> None:
    tokens.verify(user_token(), now=NOW)
    new = make_key(tmp_path / "new", "core")
    both = json.loads((settings.JWKS_DIR / "core.json").read_text())
    both["keys"] += jwks_of(read_private(new).public_key())["keys"]
    (settings.JWKS_DIR / "core.json").write_text(json.dumps(both))
    settings.SIGNING_KEY_FILE = new
    assert tokens.verify(user_token(), now=NOW).name == "ana@example.cl"


def test_the_private_key_is_its_owners_alone(tmp_path: Path) -> None:
    assert make_key(tmp_path / "more", "core").stat().st_mode & 0o777 == 0o600


def test_the_public_set_holds_nothing_private() -> None:
    keys = tokens.public_jwks()["keys"]
    assert [sorted(key) for key in keys] == [["alg", "crv", "kid", "kty", "use", "x"]]
