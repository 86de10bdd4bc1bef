"""Whether two answers can be told apart: by their bytes, and by the time they take."""

from __future__ import annotations

import re
import statistics


def masked(response, *typed: str):
    """Status, headers and body with everything random or typed taken out, keeping lengths."""

    def mask(text: str) -> str:
        for word in typed:
            text = text.replace(word, "~" * len(word))
        text = re.sub(r"(name=\"(?:csrf|challenge|return_to)\"[^>]*value=\")([^\"]*)", lambda m: m[1] + "~" * len(m[2]), text)
        text = re.sub(r"[A-Za-z0-9_-]{20,}", lambda m: "~" * len(m[0]), text)
        return re.sub(r"\b[0-9a-f]{4}(?:-[0-9a-f]{4})+\b", lambda m: "~" * len(m[0]), text)

    headers = [(name, mask(value) if name.lower() != "date" else "~") for name, value in response.headers]
    return response.status, headers, mask(response.text), len(response.body)


class Times:
    """How long each kind took, kinds taking turns, so that a busy moment falls on all of them."""

    def __init__(self, kinds) -> None:
        self.of: dict[str, list[float]] = {kind: [] for kind in kinds}

    def note(self, kind: str, seconds: float) -> None:
        self.of[kind].append(seconds)

    def told_apart(self) -> list[str]:
        """Pairs of kinds whose medians lie further apart than the spread of either explains, and than a tenth of the faster one."""
        found = []
        kinds = list(self.of)
        for place, one in enumerate(kinds):
            for other in kinds[place + 1 :]:
                medians = sorted(statistics.median(self.of[kind]) for kind in (one, other))
                spread = max(self._quartiles(one), self._quartiles(other), medians[0] / 10)
                if medians[1] - medians[0] > spread:
                    shown = {kind: f"{statistics.median(self.of[kind]) * 1000:.1f} ms" for kind in (one, other)}
                    found.append(f"{shown}, spread {spread * 1000:.1f} ms")
        return found

    def _quartiles(self, kind: str) -> float:
        """The distance between the quartiles."""
        low, _, high = statistics.quantiles(self.of[kind], n=4)
        return high - low


def take_turns(measure, kinds, *, turns: int, rounds: int = 3) -> Times:
    """Measures each kind `turns` times. `measure(kind)` returns seconds. What looks told apart is measured on: on a busy machine a
    chance goes away with more samples, a leak does not."""
    times = Times(kinds)
    for _ in range(rounds):
        for _ in range(turns):
            for kind in kinds:
                times.note(kind, measure(kind))
        if not times.told_apart():
            break
    return times
