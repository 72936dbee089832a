"""Outcomes that come while another is committed: one transaction, and nobody pays for another."""

from dataclasses import replace

import pytest
from sqlalchemy import event

from bridge.domain.errors import StoreUnavailable
from bridge.domain.incident import Observed
from bridge.domain.ports import Claim
from bridge.store import Store
from bridge.store.outcomes import Outcome, Outcomes
from tests.builders import T0, at, make_ticket
from tests.store.given import claim, make_due, make_line, said, save, stored


def outcome(of: Claim, **changes: object) -> Outcome:
    whole = Outcome(
        claim=of,
        observed=Observed(ticket=make_ticket(number=f"INC-{of.incident.id}")),
        now=at(1),
        due_at=None,
        look_at=None,
        timeline=[make_line("filed", of.incident.id)],
        ended=False,
        release=True,
    )
    return replace(whole, **changes)  # type: ignore[arg-type]


def two_claims(store: Store) -> tuple[Claim, Claim]:
    save(store, make_due(id="01", key="a"), make_due(id="02", key="b"))
    first, second = claim(store)
    return first, second


def test_several_outcomes_share_a_commit(store: Store) -> None:
    first, second = two_claims(store)
    commits: list[object] = []
    event.listen(store._database.writes, "commit", commits.append)
    outcomes = Outcomes(store._database)
    assert outcomes._record([outcome(second), outcome(first, release=False)]) == [True, True]
    assert len(commits) == 1
    assert [stored(store, i).observed.ticket for i in ("01", "02")] == [
        make_ticket(number="INC-01"),
        make_ticket(number="INC-02"),
    ]
    assert said(store, "01") == said(store, "02") == ["filed"]
    # The one that was not let go is still held.
    save(store, replace(stored(store, "01"), due_at=T0), replace(stored(store, "02"), due_at=T0))
    assert [c.incident.id for c in claim(store)] == ["02"]


def test_an_outcome_whose_claim_was_lost_is_late_and_the_others_are_not(store: Store) -> None:
    first, second = two_claims(store)
    lost = replace(first, fence=first.fence - 1)
    outcomes = Outcomes(store._database)
    assert outcomes._record([outcome(lost), outcome(second)]) == [False, True]
    assert stored(store, "01").observed.ticket == make_ticket(number="INC-01")
    assert store.timeline("01")[0].detail == {"late": True}
    assert store.timeline("02")[0].detail == {}


def test_an_outcome_that_cannot_be_written_keeps_no_other_from_it(store: Store) -> None:
    first, second = two_claims(store)
    broken = outcome(first, observed=Observed(attempts=[1]))  # type: ignore[arg-type]
    [failure, is_ours] = Outcomes(store._database)._record([broken, outcome(second)])
    assert isinstance(failure, Exception)
    assert is_ours is True
    assert said(store, "01") == []
    assert said(store, "02") == ["filed"]


def test_a_database_that_is_away_is_not_asked_for_each(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries: list[object] = []

    def fail(work: object) -> None:
        tries.append(work)
        raise StoreUnavailable("away")

    first, second = two_claims(store)
    monkeypatch.setattr(store._database, "run", fail)
    failures = Outcomes(store._database)._record([outcome(first), *[outcome(second)] * 10])
    assert [str(failure) for failure in failures] == ["away"] * 11
    assert len(tries) == 3
