"""The routes that every stand-in desk has: pages for people, JSON for tests."""

from collections.abc import Callable, Collection, Mapping

import orjson
from flask import Blueprint, Response, render_template_string, request

from bridge.sandbox import pages
from bridge.sandbox.book import CallLog, TicketBook
from bridge.sandbox.faults import FaultPlan
from bridge.sandbox.orders import BadOrder, change_by_hand, order_faults, read_order


def common_routes(
    *,
    title: str,
    book: TicketBook,
    calls: CallLog,
    faults: FaultPlan,
    vocabulary: Mapping[str, Collection[str]],
) -> Blueprint:
    """Give the two pages and everything below /_sandbox of one desk."""
    blueprint = Blueprint("sandbox", __name__)
    routes = _Routes(title, book, calls, faults, vocabulary)
    add = blueprint.add_url_rule
    add("/", view_func=routes.show_all)
    add("/tickets/<number>", view_func=routes.show_one)
    add("/_sandbox/tickets", view_func=routes.list_tickets)
    add("/_sandbox/calls", view_func=routes.list_calls)
    add("/_sandbox/counts", view_func=routes.count_calls)
    add("/_sandbox/faults", view_func=routes.order_faults, methods=["POST"])
    add("/_sandbox/tickets/<number>", view_func=routes.change_ticket, methods=["POST"])
    return blueprint


class _Routes:
    def __init__(
        self,
        title: str,
        book: TicketBook,
        calls: CallLog,
        faults: FaultPlan,
        vocabulary: Mapping[str, Collection[str]],
    ) -> None:
        self._title = title
        self._book = book
        self._calls = calls
        self._faults = faults
        self._vocabulary = vocabulary

    def show_all(self) -> str:
        return render_template_string(
            pages.ALL,
            title=self._title,
            tickets=self._book.all()[::-1],
            refused=self._calls.refused()[::-1],
            counts=self._calls.counts(),
        )

    def show_one(self, number: str) -> Response:
        ticket = self._book.get(number)
        if ticket is None:
            return Response(f"There is no ticket {number}.\n", 404, mimetype="text/plain")
        return Response(render_template_string(pages.ONE, title=self._title, ticket=ticket))

    def list_tickets(self) -> Response:
        return json_answer({"tickets": self._book.all()})

    def list_calls(self) -> Response:
        calls = self._calls
        return json_answer(
            {"counts": calls.counts(), "latest": calls.latest(), "refused": calls.refused()}
        )

    def count_calls(self) -> Response:
        return json_answer({"counts": self._calls.counts()})

    def order_faults(self) -> Response:
        return self._obey(lambda: order_faults(self._faults, read_order(request.get_data())))

    def change_ticket(self, number: str) -> Response:
        def change() -> None:
            order = read_order(request.get_data())
            change_by_hand(self._book, number, order, self._vocabulary)

        try:
            return self._obey(change, answer=lambda: {"ticket": self._book.get(number)})
        except KeyError:
            return json_answer(
                {"error": f"there is no ticket {number}; see /_sandbox/tickets"}, 404
            )

    def _obey(
        self, order: Callable[[], None], answer: Callable[[], object] | None = None
    ) -> Response:
        try:
            order()
        except BadOrder as exc:
            return json_answer({"error": str(exc)}, 400)
        return json_answer(answer() if answer is not None else self._faults.describe())


def json_answer(value: object, status: int = 200) -> Response:
    """Answer with a value as JSON; times are RFC 3339 in UTC."""
    return Response(orjson.dumps(value), status=status, mimetype="application/json")
