"""What is known of an instant: that it lies between two whole seconds.

Real seconds pass while a server answers, so nobody outside knows the one instant that it judged
by. It never reads a clock, and it never guesses: what the seconds do not decide, it leaves open.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Span:
    """Whole seconds from *first* to *last*, both of them included."""

    first: int
    last: int

    @classmethod
    def at(cls, second: int) -> Span:
        """Return what is known of an instant that was told."""
        return cls(second, second)

    def __add__(self, seconds: int) -> Span:
        return Span(self.first + seconds, self.last + seconds)

    def __sub__(self, earlier: Span) -> Span:
        """Return how many seconds may lie between the two."""
        return Span(self.first - earlier.last, self.last - earlier.first)

    def __contains__(self, second: int) -> bool:
        return self.first <= second <= self.last

    def __or__(self, other: Span) -> Span:
        """Return the span of both, and of what lies between them."""
        return Span(min(self.first, other.first), max(self.last, other.last))

    def has_surely_reached(self, deadline: Span) -> bool:
        """Say whether it is over at every instant of this span."""
        return self.first >= deadline.last

    def has_perhaps_reached(self, deadline: Span) -> bool:
        """Say whether it is over at one instant of this span at least."""
        return self.last >= deadline.first
