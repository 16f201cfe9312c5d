"""Installing: what is missing is made, what is there is adopted, nothing is left half done."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from protekt_cli.clock import Clock
from protekt_cli.config import Settings, load
from protekt_cli.engine import keys, setup
from protekt_cli.engine.engine import Engine
from protekt_cli.errors import StoreUnavailable
from protekt_cli.models import Grant
from protekt_cli.store import signing_keys

if TYPE_CHECKING:
    from tests.conftest import AddUser, Install, Person

NOTHING: Mapping[str, str] = {}
KEY = "00112233445566778899aabbccddeeff" * 2


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """The settings of an installation that is not there yet."""
    return load(folder=tmp_path, environ={}).settings


@pytest.fixture(params=[0o000, 0o077, 0o777], ids=oct)
def umask(request: pytest.FixtureRequest) -> Iterator[None]:
    """The loosest umask, a strict and an absurd one."""
    before = os.umask(request.param)
    yield
    os.umask(before)


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.mark.usefixtures("umask")
def test_a_database_and_a_key_are_made(settings: Settings, clock: Clock, tmp_path: Path) -> None:
    """Side by side, both private under any umask, and named in the answer."""
    made = setup.install(settings, NOTHING, clock)

    modes = {path: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}
    assert modes == {tmp_path / "protekt.db": 0o600, tmp_path / "protekt.key": 0o600}
    assert set(made) == set(modes)


@pytest.mark.parametrize("algorithm", ["ES256", "HS256"])
def test_there_is_an_active_and_a_next_key(install: Install, algorithm: str) -> None:
    """Of the configured algorithm; the public half of both is published, and a secret's never."""
    engine = install({"tokens.algorithm": algorithm})

    made = engine.read(signing_keys.list_all)
    published = engine.read(keys.jwks)["keys"]

    assert {(key.status, key.algorithm) for key in made} == {
        ("active", algorithm),
        ("next", algorithm),
    }
    assert len(published) == (2 if algorithm == "ES256" else 0)
    for jwk in published:
        assert set(jwk) == {"kty", "crv", "x", "y", "kid", "alg", "use"}
        assert jwk["kid"] in {key.kid for key in made}


@pytest.mark.parametrize("algorithm", ["ES256", "HS256"])
def test_an_installation_works(install: Install, add_user: AddUser, algorithm: str) -> None:
    """Of either algorithm: somebody can log in."""
    engine = install({"tokens.algorithm": algorithm})

    grant = add_user(engine, "alice@example.com", "wonderland is real").login()

    assert isinstance(grant, Grant)


def test_an_installation_is_adopted(
    settings: Settings, clock: Clock, tmp_path: Path, alice: Person
) -> None:
    """What is there is not overwritten by a byte, and nothing is made."""
    alice.login()
    before = contents(tmp_path)

    made = setup.install(settings, NOTHING, clock)

    assert made == []
    assert contents(tmp_path)["protekt.key"] == before["protekt.key"]
    assert alice.login()


@pytest.mark.parametrize("missing", ["protekt.db", "protekt.key"])
def test_one_without_the_other_is_refused(
    settings: Settings, clock: Clock, tmp_path: Path, missing: str
) -> None:
    """It stays as it is: a new key would open nothing, a new database lose everything."""
    setup.install(settings, NOTHING, clock)
    (tmp_path / missing).unlink()
    before = contents(tmp_path)

    with pytest.raises(StoreUnavailable) as caught:
        setup.install(settings, NOTHING, clock)

    assert caught.value.exit_code == 6
    assert caught.value.hint is not None
    assert contents(tmp_path) == before


@pytest.mark.parametrize(
    "text", [KEY, "not a key", "", "\u00e9"], ids=["another", "none", "empty", "not ASCII"]
)
def test_a_wrong_key_is_refused(
    settings: Settings, clock: Clock, tmp_path: Path, text: str
) -> None:
    """By init, and by whatever needs it; what needs none goes on."""
    setup.install(settings, NOTHING, clock)
    (tmp_path / "protekt.key").write_text(text, encoding="utf-8")
    before = contents(tmp_path)

    with pytest.raises(StoreUnavailable):
        setup.install(settings, NOTHING, clock)
    engine = Engine.open(settings, NOTHING, clock)
    with pytest.raises(StoreUnavailable) as caught:
        engine.unlock()
    listed = engine.read(signing_keys.list_all)
    engine.close()

    assert len(listed) == 2
    assert not text or text not in caught.value.message
    assert contents(tmp_path) == before


def test_the_key_can_come_from_a_variable(settings: Settings, clock: Clock, tmp_path: Path) -> None:
    """Then no key file is made, and that key alone opens the database."""
    environ = {"PROTEKT_MASTER_KEY": KEY}

    made = setup.install(settings, environ, clock)

    assert made == [tmp_path / "protekt.db"]
    assert [path.name for path in tmp_path.iterdir()] == ["protekt.db"]
    assert setup.install(settings, environ, clock) == []
    for wrong in (NOTHING, {"PROTEKT_MASTER_KEY": KEY[::-1]}):
        with pytest.raises(StoreUnavailable):
            setup.install(settings, wrong, clock)


def test_the_key_can_come_from_a_named_file(
    settings: Settings, clock: Clock, tmp_path: Path
) -> None:
    """One that is there is read, and none is made beside the database."""
    elsewhere = tmp_path / "secrets" / "master"
    elsewhere.parent.mkdir()
    elsewhere.write_text(KEY + "\n")
    environ = {"PROTEKT_MASTER_KEY_FILE": str(elsewhere)}

    made = setup.install(settings, environ, clock)

    assert made == [tmp_path / "protekt.db"]
    assert not (tmp_path / "protekt.key").exists()
    assert elsewhere.read_text() == KEY + "\n"
    assert setup.install(settings, {"PROTEKT_MASTER_KEY": KEY}, clock) == []


def test_a_variable_beats_a_named_file_which_beats_the_file_beside(
    settings: Settings, clock: Clock, tmp_path: Path
) -> None:
    """Each covers the one below it."""
    setup.install(settings, {"PROTEKT_MASTER_KEY": KEY}, clock)
    right, wrong = tmp_path / "right", tmp_path / "protekt.key"
    right.write_text(KEY)
    wrong.write_text(KEY[::-1])

    for environ in (
        {"PROTEKT_MASTER_KEY": KEY, "PROTEKT_MASTER_KEY_FILE": str(wrong)},
        {"PROTEKT_MASTER_KEY_FILE": str(right)},
    ):
        assert setup.install(settings, environ, clock) == []
    with pytest.raises(StoreUnavailable, match="not the one"):
        setup.install(settings, NOTHING, clock)


@pytest.mark.parametrize("obstacle", ["link", "folder", "name"])
def test_what_fails_leaves_nothing_behind(clock: Clock, tmp_path: Path, obstacle: str) -> None:
    """No key without its database, nor half of one."""
    name = "x" * 300 if obstacle == "name" else "protekt.db"
    folder = tmp_path / ("missing" if obstacle == "folder" else "")
    if obstacle == "link":
        (tmp_path / name).symlink_to(tmp_path / "nowhere")
    settings = load(
        folder=tmp_path, environ={}, flags={"database.url": str(folder / name)}
    ).settings
    before = sorted(path.name for path in tmp_path.iterdir())

    with pytest.raises(StoreUnavailable):
        setup.install(settings, NOTHING, clock)

    assert sorted(path.name for path in tmp_path.iterdir()) == before
