"""The county at a server: its people with their tokens and logins, and years enough for many plans."""

import copy
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from tests.builders import PASSWORD, County
from tests.faults.serving import Browser, Program, Sent
from workflow_app.authentication import tokens
from workflow_app.periods.service import set_period

#: Actions that ask for the password.
SIGNING = ("sign", "approve")


def years(many: int) -> Iterator[str]:
    """So many school years that are open (or as many as there are), beside those of the county."""
    keys = []
    for year in [*range(2019, 1949, -1), *range(2040, 2149)][:many]:
        keys.append(f"{year}-{year + 1}")
        set_period(None, keys[-1], "school_year", keys[-1], f"{year}-09-01", f"{year + 1}-08-31", "open")
    return _Shared(keys)


class _Shared(Iterator[str]):
    """Given out one by one to several threads."""

    def __init__(self, keys: Sequence[str]) -> None:
        self._next: Callable[[], str] = iter(keys).__next__

    def __next__(self) -> str:
        return self._next()


class People:
    """Callers by name; each client (``number``) has connections of its own."""

    def __init__(self, here: County, port: int, *names: str) -> None:
        self.port = port
        self._tokens = {name: tokens.make(None, here.people[name], may_sign=True) for name in names}
        self._callers: dict[tuple[str, str, int], Program | Browser] = {}

    def at(self, door: str, who: str, number: int = 0) -> Program | Browser:
        """Somebody at the API or at the pages."""
        found = self._callers.get((door, who, number))
        if found is None:
            found = self._callers[door, who, number] = self._make(door, who)
        return found

    def _make(self, door: str, who: str) -> Program | Browser:
        if door == "api":
            return Program(self.port, f"{who}的姓名", self._tokens[who])
        return Browser(self.port, f"{who}的姓名", who, PASSWORD)

    def program(self, who: str, number: int = 0) -> Program:
        found = self.at("api", who, number)
        assert isinstance(found, Program)
        return found

    def browser(self, who: str, number: int = 0) -> Browser:
        found = self.at("page", who, number)
        assert isinstance(found, Browser)
        return found

    def at_port(self, port: int) -> "People":
        """The same people with the same tokens at another server."""
        other = copy.copy(self)
        other.port, other._callers = port, {}
        return other

    def renew(self, here: County, who: str) -> None:
        """A new token and a new login, for somebody whose old ones have ended."""
        self._tokens[who] = tokens.make(None, here.people[who], may_sign=True)
        old = [place for place in self._callers if place[1] == who]
        for place in old:
            self._callers.pop(place).close()
        for _door, _who, number in (place for place in old if place[0] == "page"):
            self.browser(who, number).log_in()

    def log_in(self, numbers: int) -> None:
        """Everybody at the pages, once for each client."""
        for who in self._tokens:
            first = self.browser(who).log_in()
            for number in range(1, numbers):
                self.browser(who, number).go_on_as(first)

    def action(
        self,
        door: str,
        who: str,
        artefact: int,
        action: str,
        seen: dict[str, Any],
        key: str,
        points: Sequence[dict[str, str]] = (),
        number: int = 0,
    ) -> Sent:
        """An action upon what was ``seen``, as a form or as JSON."""
        path = f"/artefacts/{artefact}/actions/{action}"
        if door == "api":
            body = {"comment": "同意。", **seen, "points": list(points)}
            return self.program(who, number).request("POST", path, body, key)
        browser = self.browser(who, number)
        fields = {"comment": "同意。", **seen} | (
            {"password": PASSWORD} if action in SIGNING and not browser.confirmed else {}
        )
        for index, point in enumerate(points):
            fields |= {f"points.{index}.{name}": value for name, value in point.items()}
        return browser.form(path, fields, key)
