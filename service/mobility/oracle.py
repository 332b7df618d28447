"""The stay rules once more, one subscription and one event at a time, to be read and to be held against the kernel.

Rule 1: this is the specification in code; where the kernel differs, one of the two is wrong.
Rule 2: nothing but tests runs it: it is some hundred times slower.
"""

from dataclasses import dataclass, field

__all__ = ["Event", "Oracle", "Told"]

_HOUR = 3600


@dataclass(frozen=True, slots=True)
class Event:
    """One event of one subscription, with what its cell says."""

    time: int
    arrival: int
    region: int
    evidence: int  # 64: core
    other: int


@dataclass(frozen=True, slots=True)
class Told:
    """One change: SEEN, OPEN or CLOSED."""

    kind: str
    certain: bool
    region: int
    start: int
    last: int


@dataclass(slots=True)
class _Stay:
    region: int
    start: int
    last: int
    core: int = 0
    total: int = 0

    @property
    def worth(self) -> bool:
        return self.region < 1000 or self.last - self.start > 4 * _HOUR

    @property
    def certain(self) -> bool:
        return self.core > 0 and self.core >= 0.02 * self.total

    def told(self, kind: str) -> Told:
        return Told(kind, self.certain, self.region, self.start, self.last)


@dataclass(slots=True)
class _Candidate:
    region: int
    since: int
    score: int = 0
    vouched: bool = False


@dataclass(slots=True)
class Oracle:
    """The state of one subscription, and everything it has told."""

    activation: int = 0
    stay: _Stay | None = None
    candidate: _Candidate | None = None
    seen: int = 0
    day: int = 0
    told: list[Told] = field(default_factory=list)

    def feed(self, event: Event) -> None:
        """Fold one event in."""
        plausible = event.arrival - 72 * _HOUR <= event.time <= event.arrival + 300
        if not plausible or event.time < self.activation:
            return
        if self.stay is not None and event.time < self.seen:
            self._late(self.stay, event)
            return
        open_before = self.stay if self.stay is not None and self.stay.worth else None
        if self.stay is None or event.time - self.seen > 24 * _HOUR:
            self._replace(_Stay(event.region, event.time, event.time, int(event.evidence == 64), 1))
        elif event.region == self.stay.region:
            self._at_home(self.stay, event)
        elif event.evidence == 64 and min(event.region, self.stay.region) < 1000:
            self._replace(_Stay(event.region, event.time, event.time, 1, 1))
        else:
            self._away(self.stay, event)
        self.seen = event.time
        self._tell(event.time, open_before)

    def tick(self, now: int) -> None:
        """A day of silence ends a stay."""
        if self.stay is not None and now - self.seen > 24 * _HOUR:
            self._close()
            self.stay = self.candidate = None

    def _late(self, stay: _Stay, event: Event) -> None:
        if event.region == stay.region:
            if stay.start - 2 * _HOUR <= event.time < stay.start:
                stay.start = event.time
                if stay.worth:
                    self.told.append(stay.told("OPEN"))
            if event.evidence == 64 and self.candidate is not None and event.time > self.candidate.since:
                self.candidate = None
        if _day(event.time) < self.day:
            self.told.append(Told("SEEN", False, 0, 0, event.time))

    def _at_home(self, stay: _Stay, event: Event) -> None:
        away = self.candidate
        if away is not None and away.vouched and event.time - stay.last > 2 * _HOUR:
            elsewhere = _Stay(away.region, away.since, self.seen, 1, 1)
            self._close()
            if elsewhere.worth:
                self.told.append(elsewhere.told("CLOSED"))
            self.candidate = None
            self.stay = _Stay(event.region, event.time, event.time, int(event.evidence == 64), 1)
            return
        weight = self._weight(event)
        stay.last = event.time
        stay.total += weight
        if event.evidence == 64:
            stay.core += weight
            self.candidate = None
        elif away is not None:
            away.score += weight * (-event.evidence - 6)
            if away.score <= 0:
                self.candidate = None

    def _away(self, stay: _Stay, event: Event) -> None:
        core, candidate = event.evidence == 64, self.candidate
        if candidate is None:
            candidate = _Candidate(event.region, event.time)
        elif candidate.region not in {event.region, event.other} and (core or candidate.score < 23_044):
            candidate = _Candidate(event.region, event.time, candidate.score)
        candidate.vouched |= core and event.region == candidate.region
        self.candidate = candidate
        belief = 64 if core else event.evidence if event.other == stay.region else (event.evidence + 64) // 2
        candidate.score += self._weight(event) * (belief - 19)
        away = event.time - candidate.since
        if candidate.score < 0:
            self.candidate = None
        elif candidate.score >= 76_800 and away > 1800:
            core_seconds = away if candidate.vouched else 0
            self._replace(_Stay(candidate.region, candidate.since, event.time, core_seconds, away))

    def _replace(self, stay: _Stay) -> None:
        self._close()
        self.stay, self.candidate = stay, None

    def _close(self) -> None:
        if self.stay is not None and self.stay.worth:
            self.told.append(self.stay.told("CLOSED"))

    def _tell(self, now: int, open_before: _Stay | None) -> None:
        stay = self.stay
        if stay is not None and stay.worth and stay is not open_before:
            self.told.append(stay.told("OPEN"))
        if _day(now) > self.day:
            self.day = _day(now)
            here = stay is not None and stay.worth and stay.last == now
            self.told.append(
                stay.told("SEEN") if stay is not None and here else Told("SEEN", False, 0, 0, now)
            )

    def _weight(self, event: Event) -> int:
        return min(event.time - self.seen, 1200)


def _day(time: int) -> int:
    return (time + 28_800) // 86_400
