"""Bodies that come through Amazon SNS: who may send, and which subscription is confirmed."""

from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from marshmallow import ValidationError

from bridge.domain.errors import MalformedBody
from bridge.domain.ports import Source
from bridge.sources import SOURCES
from tests.builders import T0
from tests.sources.senders import sender

TOPIC = "arn:aws:sns:eu-central-1:210987654321:ops-alarms"
OTHER = "arn:aws:sns:eu-central-1:210987654321:another"
HOST = "sns.eu-central-1.amazonaws.com"
TOKEN = "2336412f37fb687f5d51e6e241d"
ADDRESS = f"https://{HOST}/?Action=ConfirmSubscription&TopicArn={TOPIC}&Token={TOKEN}"


def source(*topics: str) -> Source:
    section: dict[str, Any] = {"type": "generic", "preset": "cloudwatch-sns", "auth": "none"}
    if topics:
        section["topics"] = list(topics)
    kind = SOURCES["generic"]
    return kind.build("aws", kind.schema().load(section))


def confirmation(**changes: object) -> bytes:
    said = {
        "Type": "SubscriptionConfirmation",
        "MessageId": "165545c9-2a5c-472c-8df2-7ff2be2b3b1b",
        "Token": TOKEN,
        "TopicArn": TOPIC,
        "Message": f"You have chosen to subscribe to the topic {TOPIC}.",
        "SubscribeURL": ADDRESS,
        "Timestamp": "2026-01-05T11:50:00.000Z",
    }
    return orjson.dumps({**said, **changes})


def confirmed(body: bytes, *topics: str) -> str | None:
    parsed = source(*topics).parse(body, "text/plain; charset=UTF-8", T0)
    assert (parsed.alerts, parsed.rejected) == ((), ())
    return parsed.confirm


def test_a_subscription_to_an_allowed_topic_is_to_be_confirmed_at_its_own_host() -> None:
    address = confirmed(confirmation(), OTHER, TOPIC)
    assert address is not None
    url = urlsplit(address)
    assert (url.scheme, url.netloc, url.path) == ("https", HOST, "/")
    assert parse_qs(url.query) == {
        "Action": ["ConfirmSubscription"],
        "TopicArn": [TOPIC],
        "Token": [TOKEN],
    }


def test_china_has_hosts_of_its_own() -> None:
    topic = TOPIC.replace("arn:aws:", "arn:aws-cn:").replace("eu-central-1", "cn-north-1")
    host = "sns.cn-north-1.amazonaws.com.cn"
    url = ADDRESS.replace(TOPIC, topic).replace(HOST, host)
    address = confirmed(confirmation(TopicArn=topic, SubscribeURL=url), topic)
    assert urlsplit(str(address)).netloc == host


@pytest.mark.parametrize("topics", [(), (OTHER,)])
def test_a_topic_that_is_not_allowed_is_never_confirmed_and_the_reason_says_what_to_do(
    topics: tuple[str, ...],
) -> None:
    with pytest.raises(MalformedBody, match="`topics:`") as refused:
        confirmed(confirmation(), *topics)
    assert TOPIC in str(refused.value)
    assert TOKEN not in str(refused.value)


@pytest.mark.parametrize(
    "url",
    [
        None,
        "",
        ADDRESS.replace("https", "http"),
        ADDRESS.replace(HOST, "169.254.169.254"),
        ADDRESS.replace(HOST, "localhost"),
        ADDRESS.replace(HOST, "sns.us-east-1.amazonaws.com"),
        ADDRESS.replace(HOST, f"{HOST}.evil.example"),
        ADDRESS.replace(HOST, f"{HOST}:8443"),
        ADDRESS.replace(HOST, f"user@{HOST}"),
        ADDRESS.replace(HOST, f"evil.example#{HOST}"),
        ADDRESS.replace(HOST, f"evil.example\\@{HOST}"),
        ADDRESS.replace(f"{HOST}/", f"{HOST}/../x"),
        ADDRESS.replace(TOPIC, OTHER),
        ADDRESS.replace(TOKEN, "ffff"),
        ADDRESS.replace("ConfirmSubscription", "DeleteTopic"),
        f"{ADDRESS}&Action=DeleteTopic",
        f"{ADDRESS}&AuthenticateOnUnsubscribe=true",
        "https://[",
    ],
)
def test_an_address_that_is_not_the_topics_own_is_never_visited(url: str | None) -> None:
    with pytest.raises(MalformedBody, match="SubscribeURL is not sns"):
        confirmed(confirmation(SubscribeURL=url), TOPIC)


@pytest.mark.parametrize("token", [None, "", "a b", "a&b=c", "x" * 1025, 5.5])
def test_a_token_of_another_shape_is_never_sent(token: object) -> None:
    url = ADDRESS.replace(TOKEN, quote(str(token)))
    with pytest.raises(MalformedBody):
        confirmed(confirmation(Token=token, SubscribeURL=url), TOPIC)


@given(
    st.fixed_dictionaries(
        {},
        optional={
            name: st.none() | st.text(max_size=30) | st.integers(0, 9)
            for name in ("Type", "Token", "TopicArn", "SubscribeURL", "Message")
        },
    )
)
def test_whatever_a_confirmation_says_only_the_allowed_topics_host_is_visited(
    changes: dict[str, object],
) -> None:
    try:
        address = source(TOPIC).parse(confirmation(**changes), "text/plain", T0).confirm
    except MalformedBody:
        return
    assert address is None or urlsplit(address).netloc == HOST


def test_notifications_of_other_topics_are_refused_where_topics_are_named() -> None:
    (body,) = (body for body in sender("cloudwatch-sns").bodies if body.name == "alarm.txt")
    assert len(source(TOPIC).parse(body.content, body.content_type, T0).alerts) == 1
    with pytest.raises(MalformedBody, match="is not among the source's `topics:`"):
        source(OTHER).parse(body.content, body.content_type, T0)


def test_the_end_of_a_subscription_is_kept_with_the_reason() -> None:
    with pytest.raises(MalformedBody, match="was unsubscribed"):
        confirmed(confirmation(Type="UnsubscribeConfirmation"), TOPIC)


@pytest.mark.parametrize("topic", ["ops-alarms", TOPIC + "/x", "arn:aws:sqs:eu-west-1:1:a", 5])
def test_what_is_no_topic_is_refused_in_the_configuration(topic: Any) -> None:
    with pytest.raises(ValidationError, match="is no topic"):
        source(topic)
