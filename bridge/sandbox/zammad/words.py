"""What a fresh Zammad knows: states, priorities, groups and people."""

from typing import Final

STATES: Final = (
    "new",
    "open",
    "pending reminder",
    "pending close",
    "closed",
    "merged",
)
PRIORITIES: Final = ("1 low", "2 normal", "3 high")
GROUPS: Final = ("Users", "NOC")
NOBODY: Final = "-"
AGENTS: Final = (NOBODY, "bridge@example.com", "noc@example.com", "ann@example.com")
CUSTOMERS: Final = ("monitoring@example.com", *AGENTS[1:])
#: Attributes that this instance was given.
CUSTOM: Final = ("event_id", "site")
#: By the name of the association, what its names can be.
ASSOCIATIONS: Final = {
    "state": STATES,
    "priority": PRIORITIES,
    "group": GROUPS,
    "owner": AGENTS,
    "customer": CUSTOMERS,
}
VOCABULARY: Final = {"status": STATES, "priority": PRIORITIES}
