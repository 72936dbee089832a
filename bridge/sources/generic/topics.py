"""Amazon SNS around the alerts: which topics may send, and how a subscription is confirmed.

https://docs.aws.amazon.com/sns/latest/dg/SendMessageToHttp.prepare.html
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qs, urlencode, urlsplit

from marshmallow import ValidationError

from bridge.domain.errors import MalformedBody
from bridge.domain.json import JsonObject, JsonValue
from bridge.sources.reading import text
from bridge.yamlfile import CheckedField

_ARN = re.compile(
    r"arn:(?P<partition>aws|aws-cn|aws-us-gov):sns:(?P<region>[a-z0-9-]{1,32}):\d{12}:"
    r"[A-Za-z0-9_-]{1,256}(\.fifo)?"
)
_TOKEN = re.compile(r"[0-9a-zA-Z]{1,1024}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Topics:
    """The topics that may send to this source; without any, all may and none is confirmed."""

    allowed: tuple[str, ...] = ()

    def confirmation(self, said: JsonValue) -> str | None:
        """Give the address that confirms a subscription; None when the body is a notification.

        Raise MalformedBody for a topic that is not allowed and for an address that is not its own.
        """
        envelope = said if isinstance(said, dict) else {}
        kind, topic = envelope.get("Type"), envelope.get("TopicArn")
        if self.allowed and topic not in self.allowed:
            raise MalformedBody(f"{_named(topic)} is not among the source's `topics:`")
        match kind:
            case "SubscriptionConfirmation":
                return self._address(envelope, str(topic))
            case "UnsubscribeConfirmation":
                raise MalformedBody(f"{_named(topic)} was unsubscribed; nothing more will come")
            case _:
                return None

    def _address(self, envelope: JsonObject, topic: str) -> str:
        if not self.allowed:
            raise MalformedBody(
                f"{_named(topic)} asks to confirm its subscription; list it under `topics:` and "
                "replay this body, or confirm it yourself"
            )
        query = {
            "Action": "ConfirmSubscription",
            "TopicArn": topic,
            "Token": text(envelope, "Token"),
        }
        host = _host(topic)
        if not _TOKEN.fullmatch(query["Token"]) or not _is(envelope, host, query):
            raise MalformedBody(f"SubscribeURL is not {host}'s own for {_named(topic)}")
        # Made of what was checked, so that nothing else of the sender's text is ever visited.
        return f"https://{host}/?{urlencode(query)}"


class TopicsField(CheckedField[tuple[str, ...]]):
    """A list of topic ARNs."""

    def read(self, value: object) -> tuple[str, ...]:
        """Check that each names one topic."""
        listed = value if isinstance(value, list) else [value]
        for topic in listed:
            if not isinstance(topic, str) or not _ARN.fullmatch(topic):
                raise ValidationError(
                    f"{topic!r} is no topic; write arn:aws:sns:REGION:ACCOUNT:NAME"
                )
        return tuple(listed)


def _host(topic: str) -> str:
    arn = _ARN.fullmatch(topic)
    if arn is None:
        raise MalformedBody(f"{_named(topic)} is no topic of Amazon SNS")
    china = ".cn" if arn["partition"] == "aws-cn" else ""
    return f"sns.{arn['region']}.amazonaws.com{china}"


def _is(envelope: JsonObject, host: str, query: Mapping[str, str]) -> bool:
    try:
        url = urlsplit(text(envelope, "SubscribeURL"))
        told = parse_qs(url.query, strict_parsing=True, max_num_fields=10)
    except ValueError:
        return False
    is_place = (url.scheme, url.netloc, url.path or "/") == ("https", host, "/")
    return is_place and told == {name: [value] for name, value in query.items()}


def _named(topic: object) -> str:
    return f"the topic {str(topic)[:300]}"
