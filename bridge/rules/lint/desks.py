"""Rules against what is configured of the desks: their words, and the fields they require."""

import difflib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from bridge.domain.errors import Problem
from bridge.expressions import Literal, Template
from bridge.rules.builtin import BUILT_IN
from bridge.rules.lint.possible import possible_texts
from bridge.rules.model import Behaviour, Rule, RuleSet, Setting
from bridge.rules.tables import Table
from bridge.rules.values import TextValue
from bridge.yamlfile import Place


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskWords:
    """What the configuration says of one desk."""

    words: Mapping[str, Collection[str]] = field(default_factory=dict)  #: known, by field
    declared: Collection[str] = ()  #: fields whose words the configuration lists, and so are all
    given: Collection[str] = ()  #: fields that the desk's own section fills in
    required: Collection[str] = ()  #: fields that every ticket must have; CustomFields.<name> too


def unknown_words(rules: RuleSet, desks: Mapping[str, DeskWords]) -> Iterator[Problem]:
    """Find values that no desk they can go to has a word for."""
    tables = {table.name: table for table in rules.tables}
    routed = _routed(rules, desks)
    for layer in (*rules.defaults, *rules.rules):
        going = _going(layer, routed)
        for setting in layer.settings:
            for word in _words(setting, tables):
                yield from _unknown(layer, setting, word, {name: desks[name] for name in going})


def unknown_custom_fields(
    rules: RuleSet, desks: Mapping[str, Collection[str] | None]
) -> Iterator[Problem]:
    """Find custom fields that no desk they can go to has; None: a desk does not say."""
    routed = _routed(rules, desks)
    for layer in (*rules.defaults, *rules.rules):
        going = _going(layer, routed)
        lists = [listed for desk in going if (listed := desks[desk]) is not None]
        known = {name.casefold(): name for listed in lists for name in listed}
        if not lists or len(lists) < len(going):
            continue
        for setting in layer.settings:
            kind, *rest = setting.path
            if kind == "CustomFields" and not _is_id(rest[0]) and rest[0].casefold() not in known:
                close = difflib.get_close_matches(rest[0], known.values(), n=1)
                meant = f"did you mean {close[0]!r}?" if close else "add it to the desk"
                message = f"{_who(layer)}: {' and '.join(going)} has no custom field {rest[0]!r}"
                yield setting.place.problem(message, meant)


def _going(layer: Behaviour, desks: Collection[str]) -> Sequence[str]:
    """Name the desks that what a layer sets can go to."""
    own = _backend(layer)
    return [desk for desk in desks if own in ("", desk)]


def _routed(rules: RuleSet, desks: Collection[str]) -> Sequence[str]:
    """Name the desks that anything can go to: a default, and what else some layer names."""
    layers = [*rules.defaults, *rules.rules]
    if any(_is_routed_by_alert(layer) for layer in layers):
        return list(desks)
    named = {_default_desk(rules), *map(_backend, layers)}
    return [desk for desk in desks if desk in named]


def _default_desk(rules: RuleSet) -> str:
    always = [layer for layer in (*rules.defaults, *rules.rules) if _is_always(layer)]
    return next((name for name in map(_backend, reversed(always)) if name), rules.default_backend)


def _is_id(name: str) -> bool:
    return name.isascii() and name.isdigit()


def _words(setting: Setting, tables: Mapping[str, Table]) -> Sequence[str]:
    if not isinstance(setting.value, TextValue):
        return []
    texts = possible_texts(setting.value.template, tables) or ()
    return sorted(text for text in texts if text)


def _unknown(
    layer: Behaviour, setting: Setting, word: str, desks: Mapping[str, DeskWords]
) -> Iterator[Problem]:
    [name, *_] = setting.path
    listed = {desk: said.words[name] for desk, said in desks.items() if name in said.words}
    folded = {known.casefold() for words in listed.values() for known in words}
    if not listed or len(listed) < len(desks) or word.casefold() in folded:
        return
    known = sorted({known for words in listed.values() for known in words})
    close = difflib.get_close_matches(word, known, n=1)
    meant = f"did you mean {close[0]!r}?" if close else f"use one of {', '.join(known)},"
    is_sure = any(name in said.declared for said in desks.values())
    message = f"{_who(layer)}, {name}: {' and '.join(listed)} has no word {word!r}"
    remedy = f"{meant} or add it to the backend's values:"
    yield setting.place.problem(message, remedy, is_warning=not is_sure)


def lacking_fields(
    rules: RuleSet, desks: Mapping[str, DeskWords], first: Place
) -> Iterator[Problem]:
    """Find fields that a desk requires and no rule gives, or only some."""
    layers = [*rules.defaults, *rules.rules]
    always = [layer for layer in layers if _is_always(layer)]
    place = next((layer.place for layer in rules.defaults), first)
    default = _default_desk(rules)
    for desk, said in desks.items():
        routes = [layer for layer in layers if _backend(layer) == desk]
        if desk != default and not routes:
            continue
        for name in said.required:
            if name in said.given or name in BUILT_IN:
                continue
            giving = [layer for layer in layers if _gives(layer, name)]
            is_sure = any(layer in always for layer in giving) or (
                desk != default and all(layer in giving for layer in routes)
            )
            if not giving:
                message = f"{desk} requires {name}, and no rule gives it"
                yield place.problem(message, "set it under defaults:")
            elif not is_sure:
                some = ", ".join(layer.name for layer in giving)
                message = f"{desk} requires {name}, and only some rules give it: {some}"
                yield place.problem(message, "set it under defaults: too", is_warning=True)


def half_items(rules: RuleSet) -> Iterator[Problem]:
    """Find configuration items of which only one half is said; no desk finds one by that."""
    layers = [*rules.defaults, *rules.rules]
    for one, other in (("CI_Key", "CI_Value"), ("CI_Value", "CI_Key")):
        giving = [layer for layer in layers if _gives(layer, one)]
        if giving and not any(_gives(layer, other) for layer in layers):
            message = f"{_who(giving[0])} gives {one}, and no rule gives {other}"
            yield giving[0].place.problem(message, f"set {other} as well")


def _is_always(layer: Behaviour) -> bool:
    if not isinstance(layer, Rule):
        return True
    match = layer.match
    is_any = not (match.all_of or match.any_of or match.none_of)
    return is_any and layer.when is None and layer.drop is None


def _gives(layer: Behaviour, name: str) -> bool:
    return any(
        ".".join(setting.path) == name and not _is_empty(setting) for setting in layer.settings
    )


def _is_empty(setting: Setting) -> bool:
    return isinstance(setting.value, TextValue) and setting.value.template == Literal("")


def _backend(layer: Behaviour) -> str:
    """Give the backend that a layer names; empty: none, or one that depends on the alert."""
    template = _backend_template(layer)
    return template.text.strip() if isinstance(template, Literal) else ""


def _is_routed_by_alert(layer: Behaviour) -> bool:
    return isinstance(_backend_template(layer), Template)


def _backend_template(layer: Behaviour) -> Literal | Template | None:
    for setting in layer.settings:
        if setting.path == ("backend",) and isinstance(setting.value, TextValue):
            return setting.value.template
    return None


def _who(layer: Behaviour) -> str:
    return f"rule {layer.name}" if isinstance(layer, Rule) else layer.name
