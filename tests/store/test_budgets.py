"""A budget is spent once, whichever workers ask at the same time; an overflow ticket is one."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from bridge.domain.policy import Budget, Policy
from bridge.domain.ports import Claim
from bridge.reconciler import turns
from bridge.store import Store
from tests.builders import Ids, at
from tests.store.given import claim, make_due, save, stored

BUDGET = Budget(tickets=3, per=timedelta(hours=1), rule="noisy")
BUDGETED = {"policy": Policy(budget=BUDGET)}


def storm(store: Store, size: int) -> list[Claim]:
    incidents = [
        make_due(desired=BUDGETED, id=f"{n:02}", key=f"k{n}", token=f"t{n}") for n in range(size)
    ]
    save(store, *incidents)
    return list(claim(store, limit=size))


def spend(store: Store, held: Claim, seconds: float = 1) -> bool:
    return store.change(lambda tx: turns.spend(tx, held, BUDGET, at(seconds)))


def test_of_many_at_once_no_more_are_filed_than_the_budget_allows(store: Store) -> None:
    claims = storm(store, 12)
    with ThreadPoolExecutor(6) as pool:
        allowed = list(pool.map(lambda held: spend(store, held), claims))
    assert sum(allowed) == 3


def test_a_budget_is_there_again_after_its_period(store: Store) -> None:
    claims = storm(store, 5)
    assert [spend(store, held) for held in claims[:4]] == [True, True, True, False]
    assert spend(store, claims[4], seconds=3602)


def test_an_incident_does_not_spend_its_own_place_twice(store: Store) -> None:
    claims = storm(store, 3)
    assert all(spend(store, held) for held in (*claims, *claims))


def test_of_many_that_join_at_once_all_are_listed_in_one_overflow(store: Store) -> None:
    claims, ids = storm(store, 8), Ids()

    def join(held: Claim) -> None:
        new_id = ids()
        store.change(
            lambda tx: turns.join_overflow(
                tx, held, BUDGET, new_id=new_id, token=f"t-{new_id}", now=at(1)
            )
        )

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(join, claims))
    listed = {stored(store, held.incident.id).overflow_id for held in claims}
    assert len(listed) == 1
    [overflow_id] = listed
    overflow = stored(store, str(overflow_id))
    assert len([e for e in store.timeline(overflow.id) if e.what == "joined"]) == 8
    assert overflow.desired.generation == 8


def test_what_lost_its_claim_neither_spends_nor_joins(store: Store) -> None:
    [lost] = storm(store, 1)
    claim(store, now=at(60), owner="other")
    store.change(
        lambda tx: turns.join_overflow(tx, lost, BUDGET, new_id="zz", token="t", now=at(61))
    )
    assert stored(store, "00").overflow_id is None
    assert spend(store, lost)
    assert stored(store, "00").observed.filed_at is None
