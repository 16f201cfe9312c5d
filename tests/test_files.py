"""Files with secrets: private under any umask, whole or not there, never through a link."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from protekt_cli import files
from protekt_cli.errors import Conflict, StoreUnavailable


@pytest.fixture(params=[0o000, 0o022, 0o077, 0o777], ids=oct)
def umask(request: pytest.FixtureRequest) -> Iterator[int]:
    """The loosest umask, a usual, a strict and an absurd one."""
    before = os.umask(request.param)
    yield request.param
    os.umask(before)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.usefixtures("umask")
def test_a_secret_file_is_private_under_any_umask(tmp_path: Path) -> None:
    """Whether it is written, written anew over a loose one, or made by a library."""
    written, loose, made = (tmp_path / name for name in ("written", "loose", "made"))
    loose.write_text("old")
    loose.chmod(0o666)

    files.write_private(written, b"secret")
    files.write_private(loose, b"secret")
    with files.made_beside(made) as beside:
        beside.write_bytes(b"secret")

    assert [mode(path) for path in (written, loose, made)] == [0o600] * 3
    assert [path.read_bytes() for path in (written, loose, made)] == [b"secret"] * 3
    assert names(tmp_path) == ["loose", "made", "written"]


def test_a_file_that_is_there_is_not_overwritten_unasked(tmp_path: Path) -> None:
    """It stays as it was, and nothing is left beside it."""
    path = tmp_path / "protekt.key"
    path.write_bytes(b"precious")

    with pytest.raises(Conflict):
        files.write_private(path, b"secret", overwrite=False)
    with pytest.raises(Conflict), files.made_beside(path) as beside:
        beside.write_bytes(b"secret")

    assert path.read_bytes() == b"precious"
    assert names(tmp_path) == ["protekt.key"]


@pytest.mark.parametrize("dangling", [True, False])
@pytest.mark.parametrize("overwrite", [True, False])
def test_nothing_is_written_through_a_link(tmp_path: Path, overwrite: bool, dangling: bool) -> None:
    """Neither its target nor the link itself is touched."""
    target, link = tmp_path / "target", tmp_path / "link"
    if not dangling:
        target.write_bytes(b"precious")
    link.symlink_to(target)
    before = names(tmp_path)

    with pytest.raises(StoreUnavailable, match="symbolic link"):
        files.write_private(link, b"secret", overwrite=overwrite)
    with pytest.raises(StoreUnavailable, match="symbolic link"), files.made_beside(link):
        pytest.fail("it was let through")

    assert link.is_symlink()
    assert names(tmp_path) == before
    assert dangling or target.read_bytes() == b"precious"


def test_a_reader_never_sees_half_a_file(tmp_path: Path) -> None:
    """A file is replaced as a whole: who opened the old one reads the old one."""
    path = tmp_path / "secret"
    files.write_private(path, b"old" * 1000)

    with path.open("rb") as reader:
        first = reader.read(1)
        files.write_private(path, b"new" * 1000)
        rest = reader.read()

    assert first + rest == b"old" * 1000
    assert path.read_bytes() == b"new" * 1000


def test_what_fails_leaves_nothing_behind(tmp_path: Path) -> None:
    """Neither a half nor what a library laid beside it, whatever the name is."""
    path = tmp_path / "odd [name]*.db"

    with pytest.raises(FileNotFoundError), files.made_beside(path) as beside:  # noqa: PT012
        beside.with_name(f"{beside.name}-wal").write_bytes(b"half")
        (tmp_path / "missing" / "file").write_bytes(b"")

    assert names(tmp_path) == []


@pytest.mark.parametrize("name", ["missing/secret", "file/secret", "x" * 300])
def test_a_place_that_cannot_be_written_is_named(tmp_path: Path, name: str) -> None:
    """With what is wrong, and what to look at."""
    (tmp_path / "file").write_bytes(b"")

    with pytest.raises(StoreUnavailable, match=name) as caught:
        files.write_private(tmp_path / name, b"secret")

    assert caught.value.exit_code == 6
    assert caught.value.hint is not None


def test_a_loose_file_is_told_from_a_private_one(tmp_path: Path) -> None:
    """Any right of the group or of others makes it loose."""
    path = tmp_path / "secret"
    files.write_private(path, b"secret")
    judged = {}

    for bits in (0o600, 0o400, 0o640, 0o604, 0o620, 0o602):
        path.chmod(bits)
        judged[bits] = files.is_loose(path)

    assert [bits for bits, loose in judged.items() if loose] == [0o640, 0o604, 0o620, 0o602]
