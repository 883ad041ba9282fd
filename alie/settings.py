"""Reads typed values out of environment names, and keeps every complaint until all has been read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar

_TRUE = frozenset({"1", "true", "yes", "on"})
_FALSE = frozenset({"0", "false", "no", "off"})
_Value = TypeVar("_Value")


class Settings:
    """A reader over names and texts. A name that is empty counts as not set.

    Args:
        values: by name, as in an environment.
    """

    def __init__(self, values: Mapping[str, str]) -> None:
        self._values = {name: text.strip() for name, text in values.items() if text.strip()}
        self.effective: dict[str, object] = {}
        """What each name that was asked for amounts to, as it was last asked for: its own value, or the default."""
        self.complaints: list[str] = []

    @property
    def known(self) -> set[str]:
        """The names that were asked for."""
        return set(self.effective)

    def given(self) -> frozenset[str]:
        """The names that have a text."""
        return frozenset(self._values)

    def is_set(self, name: str) -> bool:
        """Whether a name has a text that is not empty."""
        return name in self._values

    def ambient(self, name: str) -> str:
        """What the system itself has set, such as HOME; empty if it has not. No setting of ours."""
        return self._values.get(name, "")

    def complain(self, name: str, rule: str) -> None:
        """Keeps a complaint: the name and what its value must be. The value itself may be a secret: it is not told."""
        self.complaints.append(f"{name} {rule}")

    def text(self, name: str, default: str = "", *, allowed: tuple[str, ...] = ()) -> str:
        """A text; one of `allowed`, if any are given."""
        value = self._values.get(name, default)
        if allowed and value not in allowed:
            self.complain(name, f"must be one of: {', '.join(allowed)}")
            value = default
        return self._is(name, value)

    def url(self, name: str, is_good: Callable[[str], bool], rule: str) -> str:
        """A URL that `is_good`; empty if not set."""
        value = self.text(name)
        if value and not is_good(value):
            self.complain(name, rule)
            return self._is(name, "")
        return value

    def boolean(self, name: str, default: bool) -> bool:
        """True or false, in the usual spellings."""
        value = self.text(name).lower()
        if value in _TRUE or value in _FALSE:
            return self._is(name, value in _TRUE)
        if value:
            self.complain(name, "must be true or false")
        return self._is(name, default)

    def integer(self, name: str, default: int, lowest: int, highest: int) -> int:
        """A whole number in a range, both ends included."""
        value = self.text(name)
        if not value:
            return self._is(name, default)
        # Bounded first: Python refuses to convert thousands of digits.
        if value.isascii() and value.isdigit() and len(value) <= 18 and lowest <= int(value) <= highest:
            return self._is(name, int(value))
        self.complain(name, f"must be a whole number from {lowest} to {highest}")
        return self._is(name, default)

    def items(
        self, name: str, is_good: Callable[[str], bool], rule: str, default: tuple[str, ...] = ()
    ) -> tuple[str, ...]:
        """A comma-separated list whose items are all good."""
        value = self.text(name)
        if not value:
            return self._is(name, default)
        found = tuple(item.strip().rstrip("/") for item in value.split(",") if item.strip())
        if not all(is_good(item) for item in found):
            self.complain(name, rule)
            found = default
        return self._is(name, found)

    def unknown(self, prefix: str) -> list[str]:
        """Names with `prefix` that nobody has asked for, sorted."""
        return sorted(name for name in self._values if name.startswith(prefix) and name not in self.effective)

    def _is(self, name: str, value: _Value) -> _Value:
        self.effective[name] = value
        return value
