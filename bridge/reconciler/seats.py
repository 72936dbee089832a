"""How many calls a desk takes at once, as seats: whoever waits for one can be sent away."""

import threading


class SentAway(Exception):
    """No seat is to be had for now: the desk is down, or the worker stops."""


class Seats:
    """So many seats at one desk; safe to use from any thread."""

    def __init__(self, number: int) -> None:
        self._free = number
        self._may_wait = True
        self._changed = threading.Condition()

    def take(self) -> None:
        """Take a free seat, or the next that gets free; raise SentAway if nobody may wait."""
        with self._changed:
            while self._free == 0:
                if not self._may_wait:
                    raise SentAway
                self._changed.wait()
            self._free -= 1

    def leave(self) -> None:
        """Make room for the next."""
        with self._changed:
            self._free += 1
            self._changed.notify()

    def let_wait(self, *, is_worth_it: bool) -> None:
        """Let deliveries wait from now on, or send away those that do and those that would."""
        with self._changed:
            self._may_wait = is_worth_it
            self._changed.notify_all()
