"""Decides whether a history of calls on one run could have happened one after the other.

The search is Wing and Gong's with Lowe's memo of configurations already seen. What a run is, is said here once more, as
a plain list that events are added to: nothing of it comes from the ledger, neither code nor rows. Histories of several
runs are decided run by run: a history is linearizable just when its parts for each object are (Herlihy and Wing).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple, TypeAlias

Code: TypeAlias = str  # an SQLSTATE
NO_EFFECT = ("40001", "40P01")  # the transaction was taken back, and is to be run again
ENDED = ("completed", "failed", "cancelled")
UNKNOWN = "unknown"  # the answer was lost: the call may take effect at any time after it was made, or never


class Entry(NamedTuple):
    """One event of a run: what was given to the call that made it, and under which id."""

    content: str
    event_id: str | None = None


@dataclass(frozen=True)
class Run:
    """The sequential specification's whole state."""

    entries: tuple[Entry, ...] = ()
    status: str = "none"
    epoch: int = 0
    cancel_seq: int | None = None

    def add(self, *entries: Entry, **changes: Any) -> Run:
        return replace(self, entries=self.entries + entries, **changes)

    def seq_of(self, event_id: str) -> int | None:
        ids = [entry.event_id for entry in self.entries]
        return ids.index(event_id) + 1 if event_id in ids else None


@dataclass(frozen=True)
class Call:
    """One call, from one client: when it was made and answered, and with what."""

    client: str
    name: str
    given: Mapping[str, Any]
    made: float
    answered: float = math.inf
    answer: Any = UNKNOWN  # a value, a Code, or UNKNOWN

    def __str__(self) -> str:
        return f"{self.client}: {self.name}({dict(self.given)}) -> {self.answer} [{self.made} .. {self.answered}]"


@dataclass(frozen=True)
class Refused:
    """Any of these codes may be the answer, and nothing changes."""

    codes: frozenset[Code]


Outcome: TypeAlias = tuple[Any, Run] | Refused


def refused(*codes: Code) -> Refused:
    return Refused(frozenset(codes))


def outcome(run: Run, call: Call) -> Outcome:
    """What the specification says of this call in this state."""
    return SPECIFICATION[call.name](run, call.given)


def unmet(run: Run, given: Mapping[str, Any]) -> Refused | None:
    """Why nothing may be added, if so."""
    if run.status in ENDED:
        return refused("MH002")
    codes = [
        code
        for code, named, actual in (("MH009", "epoch", run.epoch), ("MH003", "expected_seq", len(run.entries)))
        if given.get(named) not in (None, actual)
    ]
    return refused(*codes) if codes else None


def create(run: Run, given: Mapping[str, Any]) -> Outcome:
    return given["run"], run.add(Entry("run.created"), status="queued")


def append(run: Run, given: Mapping[str, Any]) -> Outcome:
    """A batch of one."""
    return append_batch(run, {**given, "entries": [given["entry"]]})


def append_batch(run: Run, given: Mapping[str, Any]) -> Outcome:
    entries = [Entry(*each) for each in given["entries"]]
    first = len(run.entries)
    if entries[0].event_id is not None:
        seqs = [run.seq_of(str(entry.event_id)) for entry in entries]
        if any(seqs):
            start = seqs[0] or 0
            same = run.entries[start - 1 : start - 1 + len(entries)] == tuple(entries) if start else False
            return (start + len(entries) - 1, run) if same else refused("MH005")
    return unmet(run, given) or (first + len(entries), run.add(*entries))


def transition(run: Run, given: Mapping[str, Any]) -> Outcome:
    status = given["status"]
    if run.status == status:
        return len(run.entries), run
    legal = {"queued": ("running", "failed", "cancelled"), "running": ("paused", *ENDED)}
    if status not in legal.get(run.status, ()):
        return refused("MH007")
    name = "run.started" if status == "running" else f"run.{status}"
    return unmet(run, given) or (len(run.entries) + 1, run.add(Entry(name), status=status))


def request_cancel(run: Run, given: Mapping[str, Any]) -> Outcome:
    if run.status in ENDED:
        return refused("MH002")
    if run.cancel_seq is not None:
        return run.cancel_seq, run
    seq = len(run.entries) + 1
    return seq, run.add(Entry("run.cancel_requested"), cancel_seq=seq)


def claim(run: Run, given: Mapping[str, Any]) -> Outcome:
    """Everybody claims under one name, so that nobody is told to wait; without an epoch a claim is a new one."""
    if reason := unmet(run, given):
        return reason
    epoch = run.epoch + (given.get("epoch") is None)
    return epoch, replace(run, epoch=epoch)


def timeline(run: Run, given: Mapping[str, Any]) -> Outcome:
    return [[seq, entry.content] for seq, entry in enumerate(run.entries, 1)], run


def state(run: Run, given: Mapping[str, Any]) -> Outcome:
    """Every appended event sets one member of the state to its content; those that the ledger writes do not."""
    said = [entry.content for entry in run.entries if not entry.content.startswith("run.")]
    return (said[-1] if said else None), run


def overview(run: Run, given: Mapping[str, Any]) -> Outcome:
    return [run.status, len(run.entries)], run


SPECIFICATION = {
    each.__name__: each
    for each in (create, append, append_batch, transition, request_cancel, claim, timeline, state, overview)
}


def after(run: Run, call: Call) -> Run | None:
    """The state after the call, or None if its answer is not what the specification says."""
    said = outcome(run, call)
    if isinstance(said, Refused):
        return run if call.answer in said.codes else None
    value, then = said
    return then if call.answer in (value, UNKNOWN) else None


@dataclass
class Verdict:
    """An order that explains the history, or how far the longest attempt came and what could not be next."""

    order: list[Call] = field(default_factory=list)
    stuck: list[Call] = field(default_factory=list)

    def __bool__(self) -> bool:
        return not self.stuck

    def __str__(self) -> str:
        if self:
            return "linearizable"
        return "\n".join(["after", *map(str, self.order[-12:]), "none of these can be next", *map(str, self.stuck)])


def explain(history: Sequence[Call], run: Run | None = None) -> Verdict:
    """Searches for an order of all answered calls, and of any whose answer was lost, that the specification allows.

    A call may be next if no other that is still to come was answered before it was made.
    """
    calls = sorted((call for call in history if call.answer not in NO_EFFECT), key=lambda call: call.made)
    needed = sum(1 << at for at, call in enumerate(calls) if call.answer != UNKNOWN)
    order: list[int] = []
    states = [run or Run()]
    done, seen = 0, set()
    choices: list[Iterator[int]] = [candidates(calls, 0)]
    best = Verdict([], calls[:1])

    while needed & ~done:
        if not choices:
            return best
        for at in choices[-1]:
            then = after(states[-1], calls[at])
            if then is not None and (done | 1 << at, then) not in seen:
                seen.add((done | 1 << at, then))
                done |= 1 << at
                order.append(at)
                states.append(then)
                choices.append(candidates(calls, done))
                break
        else:
            if len(order) >= len(best.order):
                best = Verdict([calls[at] for at in order], [calls[at] for at in candidates(calls, done)])
            choices.pop()
            if order:
                states.pop()
                done &= ~(1 << order.pop())
    return Verdict([calls[at] for at in order])


def candidates(calls: Sequence[Call], done: int) -> Iterator[int]:
    """The calls, of those not done, that may be next; in the order in which they were made."""
    first = math.inf
    for at, call in enumerate(calls):
        if not done >> at & 1:
            if call.made > first:
                return
            first = min(first, call.answered)
            yield at
