"""What a template reads of what it can name, as far as its text tells."""

from collections.abc import Iterator

from jinja2 import nodes

#: A name and the member of it that is read; None: the name as a whole.
Read = tuple[str, str | None]

#: Where the member is missing, `labels.items` is a method, which reads all members.
_METHODS = frozenset(dir(dict))


def reads_of(tree: nodes.Node) -> frozenset[Read]:
    """Give all that can make a difference to a template, but for the objects that it calls."""
    return frozenset(_reads(tree))


def _reads(node: nodes.Node) -> Iterator[Read]:
    match node:
        case (
            nodes.Getattr(node=nodes.Name(name=owner), attr=member)
            | nodes.Getitem(node=nodes.Name(name=owner), arg=nodes.Const(value=str() as member))
        ):
            yield owner, None if member in _METHODS else member
        case nodes.Name(name=name):
            yield name, None
        case _:
            of = ("node",) if _is_call_by_name(node) else ()
            for child in node.iter_child_nodes(exclude=of):
                yield from _reads(child)


def _is_call_by_name(node: nodes.Node) -> bool:
    return isinstance(node, nodes.Call) and isinstance(node.node, nodes.Name)
