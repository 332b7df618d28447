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
class _Span:
    """A time in a region, and how much its cells believed in it, in 128ths of seconds."""

    region: int
    start: int
    last: int
    trust: int
    core: int = 0

    @property
    def lasted(self) -> int:
        return self.last - self.start

    def believed(self, percent: int) -> bool:
        return 100 * self.trust >= percent * 128 * self.lasted

    @property
    def worth(self) -> bool:
        return self.region < 1000 or (self.lasted > 4 * _HOUR and self.believed(50))

    @property
    def certain(self) -> bool:
        vouched = self.core > 0 and self.core >= 0.01 * self.lasted
        likely = self.believed(70) and (vouched or (self.region >= 1000 and self.believed(90)))
        return likely or self.core > 4 * _HOUR

    def tell(self, kind: str) -> Told:
        return Told(kind, self.certain, self.region, self.start, self.last)


@dataclass(slots=True)
class _Stay(_Span):
    told: bool = False

    @classmethod
    def beginning(cls, event: Event) -> "_Stay":
        return cls(event.region, event.time, event.time, 64 + event.evidence, int(event.evidence == 64))


@dataclass(slots=True)
class _Candidate:
    region: int
    since: int
    trust: int = 0
    vouched: bool = False


@dataclass(slots=True)
class Oracle:
    """The state of one subscription, and everything it has told."""

    activation: int = 0
    stay: _Stay | None = None
    candidate: _Candidate | None = None
    score: int = 0  # evidence of having left, in half seconds
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
        if self.stay is None or event.time - self.seen > 24 * _HOUR:
            self._close()
            self._enter(_Stay.beginning(event))
        elif event.region == self.stay.region and self._broken(self.stay, event):
            self._close()
            self._tell_elsewhere()
            self._enter(_Stay.beginning(event))
        elif self._crosses_a_border_of_countries(self.stay, event):
            self._close()
            self._enter(_Stay.beginning(event))
        else:
            self._believe(self.stay, event)
            if event.region == self.stay.region:
                self._at_home(self.stay, event)
            else:
                self._away(self.stay, event)
        self.seen = event.time
        self._tell(event.time)

    def tick(self, now: int) -> None:
        """A day of silence ends a stay."""
        if self.stay is not None and now - self.seen > 24 * _HOUR:
            self._close()
            self.stay = self.candidate = None

    def _late(self, stay: _Stay, event: Event) -> None:
        if event.region == stay.region:
            if stay.start - 2 * _HOUR <= event.time < stay.start:
                stay.trust += (stay.start - event.time) * (64 + event.evidence)
                stay.start = event.time
                known = self._as_known(stay, self.seen)
                if stay.told or known.worth:
                    stay.told = True
                    self.told.append(known.tell("OPEN"))
            if event.evidence == 64 and self.candidate is not None and event.time > self.candidate.since:
                self.candidate, self.score = None, 0
        if _day(event.time) < self.day:
            self.told.append(Told("SEEN", False, 0, 0, event.time))

    def _broken(self, stay: _Stay, event: Event) -> bool:
        away = self.candidate
        return away is not None and away.vouched and event.time - stay.last > 2 * _HOUR

    def _tell_elsewhere(self) -> None:
        away = self.candidate
        assert away is not None  # noqa: S101  # nosec B101
        elsewhere = _Span(away.region, away.since, self.seen, away.trust, self.seen - away.since)
        if elsewhere.worth:
            self.told.append(Told("CLOSED", elsewhere.believed(70), away.region, away.since, self.seen))

    def _crosses_a_border_of_countries(self, stay: _Stay, event: Event) -> bool:
        elsewhere = event.region != stay.region and min(event.region, stay.region) < 1000
        return elsewhere and event.evidence == 64

    def _believe(self, stay: _Stay, event: Event) -> None:
        """What an event believes holds since the event before it."""
        since = event.time - self.seen
        stay.trust += since * _belief(stay.region, event)
        if self.candidate is not None:
            self.candidate.trust += since * _belief(self.candidate.region, event)

    def _at_home(self, stay: _Stay, event: Event) -> None:
        stay.last = event.time
        if event.evidence == 64:
            stay.core += self._weight(event)
            self.candidate, self.score = None, 0
        elif self.candidate is not None:
            self._score(event, -event.evidence - 19)
            if self.score == 0:
                self.candidate = None

    def _away(self, stay: _Stay, event: Event) -> None:
        core, candidate = event.evidence == 64, self.candidate
        if candidate is None or candidate.region not in {event.region, event.other}:
            candidate = self.candidate = _Candidate(event.region, event.time)
        candidate.vouched |= core and event.region == candidate.region
        surely = core or event.other == stay.region
        self._score(event, (event.evidence if surely else (event.evidence + 64) // 2) - 19)
        away = event.time - candidate.since
        settled = self._as_known(stay, event.time).believed(85)
        enough = 2400 if settled or candidate.vouched else 2400 * 16
        rather = settled and away > 2 * _HOUR and candidate.trust >= 64 * away
        if rather or (self.score >= enough and away > 1800):
            self._close(event.time)
            core_seconds = 1800 if candidate.vouched else 0
            self._enter(_Stay(candidate.region, candidate.since, event.time, candidate.trust, core_seconds))

    def _score(self, event: Event, evidence: int) -> None:
        """64ths of seconds, rounded to halves; more than what ends any stay is not counted."""
        self.score = max(0, min(self.score + (self._weight(event) * evidence + 16) // 32, 2400 * 16))

    def _enter(self, stay: _Stay) -> None:
        self.stay, self.candidate, self.score = stay, None, 0

    def _as_known(self, stay: _Stay, until: int) -> _Span:
        """The stay up to its last event: what was believed against it since the candidate began is no part of it."""
        trust = stay.trust
        if self.candidate is not None:
            trust -= max(0, 128 * (until - self.candidate.since) - self.candidate.trust)
        return _Span(stay.region, stay.start, stay.last, trust, stay.core)

    def _close(self, until: int | None = None) -> None:
        if self.stay is not None and self.stay.told:
            self.told.append(self._as_known(self.stay, self.seen if until is None else until).tell("CLOSED"))

    def _tell(self, now: int) -> None:
        stay = self.stay
        assert stay is not None  # noqa: S101  # nosec B101
        known = self._as_known(stay, now)
        if not stay.told and known.worth:
            stay.told = True
            self.told.append(known.tell("OPEN"))
        if _day(now) > self.day:
            self.day = _day(now)
            here = stay.told and stay.last == now
            self.told.append(known.tell("SEEN") if here else Told("SEEN", False, 0, 0, now))

    def _weight(self, event: Event) -> int:
        return min(event.time - self.seen, 1200)


def _belief(region: int, event: Event) -> int:
    if event.region == region:
        return 64 + event.evidence
    return 64 - event.evidence if event.other == region else 0


def _day(time: int) -> int:
    return (time + 28_800) // 86_400
