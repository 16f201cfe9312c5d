"""Lists and tables on a terminal, as wide as it is."""

from __future__ import annotations

import io
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protekt_cli.cli.drawing import draw_list, draw_table

ID = "sess_" + "0" * 26
RULE = "nobody has ended the session and none of its deadlines has passed"
TITLES = ("id", "name", "status", "made")
ROW = ("user_1", "Zoë", "active", "1 minute ago")


def lines_of(
    width: int, draw: object, titles: tuple[str, ...], *rows: tuple[str, ...]
) -> list[str]:
    """Return what is drawn of rows on a terminal of some width."""
    assert callable(draw)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COLUMNS", str(width))
        stream = io.StringIO()
        draw(stream, titles, [[(text, "") for text in row] for row in rows], has_colour=False)
    return stream.getvalue().splitlines()


def listed(width: int, *row: str) -> list[str]:
    """Return the lines of a list of one row."""
    return lines_of(width, draw_list, TITLES, row or ROW)


@pytest.mark.parametrize(
    ("width", "titles"),
    [
        (80, ["id", "name", "status", "made"]),
        (34, ["id", "name", "status", "made"]),
        (33, ["id", "name", "status"]),
        (20, ["id", "name", "status"]),
        (19, ["id", "name"]),
    ],
)
def test_narrow_terminal_is_shown_fewer_columns(width: int, titles: list[str]) -> None:
    """A column is left out where it does not fit beside those before it."""
    lines = listed(width)

    assert lines[0].split() == titles
    assert len(lines) == 2
    assert max(map(len, lines)) <= width


def test_column_that_fits_is_shown_behind_one_that_does_not() -> None:
    """What is too long hides nothing but itself."""
    assert listed(30, "user_1", "Zoë", "x" * 30, "now")[0].split() == ["id", "name", "made"]


def test_no_word_of_a_list_is_broken() -> None:
    """The id is whole on any terminal; a name that is too long ends in a sign that it goes on."""
    lines = listed(32, "user_000000000", "Zoë of the long name", "active", "now")

    assert lines[1:] == ["user_000000000  Zoë of the long…"]


def test_long_name_hides_no_other_column() -> None:
    """Whoever names a device decides how it is called, and not what is seen of the others."""
    lines = listed(80, "user_1", "x" * 200, "active", "1 minute ago")

    assert lines[0].split() == list(TITLES)
    assert "x" * 31 + "…  active  1 minute ago" in lines[1]


def test_other_columns_go_below_where_too_little_is_left_beside() -> None:
    """At 40 columns an id leaves no room for a name that says who it is."""
    lines = listed(40, ID, "alice@example.com", "active", "1 day ago")

    assert lines == [
        "id",
        "  name               status  made",
        ID,
        "  alice@example.com  active  1 day ago",
    ]


def test_empty_column_takes_no_room_from_others() -> None:
    """It is shown where there is room for all."""
    titles = (*TITLES, "ip")

    narrow = lines_of(33, draw_list, titles, ("user_1", "Zoë", "", "1 minute ago", ""))
    wide = lines_of(80, draw_list, titles, ("user_1", "Zoë", "", "1 minute ago", ""))

    assert narrow[0].split() == ["id", "name", "made"]
    assert wide[0].split() == list(titles)


def test_empty_list_is_its_titles() -> None:
    """Those that there is room for."""
    assert lines_of(20, draw_list, TITLES) == ["id  name  status"]


def test_wide_characters_are_as_wide_as_a_terminal_shows_them() -> None:
    """Twice a letter: with them another column does not fit any more."""
    narrow, wide = (
        listed(20, "user_1", name, "active", "")[0].split() for name in ("mmm", "山田山")
    )

    assert (narrow, wide) == (["id", "name", "status"], ["id", "name"])


def test_table_that_fits_is_columns() -> None:
    """Each row a line."""
    assert lines_of(80, draw_table, ("field", "value"), ("id", ID), ("name", "Zoë")) == [
        "field  value",
        f"id     {ID}",
        "name   Zoë",
    ]


def test_sentence_is_broken_between_words() -> None:
    """Where there is room enough for one, below the value that it is about."""
    titles = ("part", "name", "value", "meaning")

    assert lines_of(60, draw_table, titles, ("verdict", "session", "valid", RULE)) == [
        "part     name     value",
        "verdict  session  valid",
        "                  nobody has ended the session and none of",
        "                  its deadlines has passed",
    ]


def test_one_long_value_costs_the_others_no_line() -> None:
    """It goes on below; of the others the meaning stays beside them."""
    titles = ("key", "value", "origin")

    shown = lines_of(50, draw_table, titles, ("a.b", "x" * 40, "the file"), ("c.d", "7", "default"))

    assert shown == [
        "key  value  origin",
        f"a.b  {'x' * 40}",
        "     the file",
        "c.d  7      default",
    ]


def test_what_does_not_fit_beside_its_label_stands_below() -> None:
    """Ids stay whole, to be copied; what fits stays where it is looked for."""
    shown = lines_of(40, draw_table, ("field", "value"), ("absoluteExpiresAt", ID), ("name", "Zoë"))

    assert shown == [
        "field              value",
        "absoluteExpiresAt",
        f"  {ID}",
        "name               Zoë",
    ]


def test_meaning_stands_below_its_value_where_both_are_long() -> None:
    """In one column, as long as that is wide enough; and below a value that is not."""
    titles = ("part", "name", "value", "meaning")
    row = ("session", "user", "alice@example.com", ID)

    beside = lines_of(60, draw_table, titles, row)
    below = lines_of(32, draw_table, titles, row)

    assert beside == [
        "part     name  value",
        "session  user  alice@example.com",
        f"               {ID}",
    ]
    assert below == [
        "part     name  value",
        "session  user  alice@example.com",
        f"  {ID[:30]}",
        "  0",
    ]


texts = st.text(st.sampled_from("ab 山…[]"), max_size=60)


@given(st.integers(1, 120), st.lists(st.tuples(texts, texts, texts, texts), max_size=3))
def test_no_text_is_lost_in_a_table(width: int, rows: list[tuple[str, ...]]) -> None:
    """On a terminal of any width each character is there, as often as it was given."""
    shown = lines_of(width, draw_table, ("w", "x", "y", "z"), *rows)

    given = Counter("".join(text for row in rows for text in row))
    found = Counter("".join(shown))
    assert {c: n for c, n in given.items() if c != " "} == {
        c: n for c, n in found.items() if c not in " wxyz"
    }


@given(st.integers(1, 120), st.lists(st.tuples(texts, texts, texts, texts), max_size=3))
def test_first_column_of_a_list_is_whole(width: int, rows: list[tuple[str, ...]]) -> None:
    """Whatever else there is, and however narrow the terminal."""
    shown = "\n".join(lines_of(width, draw_list, TITLES, *rows))

    assert all(row[0].strip() in shown for row in rows)
