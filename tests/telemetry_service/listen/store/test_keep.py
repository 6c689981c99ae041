"""What becomes of a message: rows, a dead letter, or nothing, and never a number that nobody said."""

import threading
import uuid
import zlib
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection

from telemetry_service.collect.outcomes import finish
from telemetry_service.listen.models import DeadLetter, Device, Reason, Route
from telemetry_service.listen.store.heard import rows_of
from telemetry_service.listen.store.keep import Keeper
from telemetry_service.providers import decoders
from telemetry_service.providers.engine.results import Answer, Poll, Reading
from telemetry_service.providers.mqtt.row import MqttRow
from telemetry_service.raw.flags import Flag
from telemetry_service.raw.models import ProcessBacklog, RawAnswer, RawTelemetryData
from telemetry_service.sources.models import Source, State
from tests.telemetry_service.listen.conftest import NOW, TS, Make, keep, sent, stored

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


def letters() -> list[tuple[str, str, str, int]]:
    rows = DeadLetter.objects.order_by("received_at", "device", "key")
    return list(rows.values_list("reason", "device", "key", "count"))


class TestStored:
    def test_a_reading_is_a_raw_row_with_its_message_and_its_point_is_to_be_processed(
        self, make_account: Make, make_listened: Make
    ) -> None:
        source = make_listened(account := make_account())
        (fate,) = keep(sent(account, b'{"caudal": 12.50, "ts": %d}' % TS, at=NOW + MINUTE))
        assert (fate.stored, fate.outcome) == (1, "stored")
        row = RawTelemetryData.objects.get()
        assert (row.source_id, row.key, row.device_time, row.value) == (source.id, "caudal", NOW, "12.50")
        assert (row.received_at, row.flags) == (NOW + MINUTE, 0)
        answer = RawAnswer.objects.get(id=row.answer_id)
        assert zlib.decompress(bytes(answer.body)) == b'telemetry/sn-1/data\0{"caudal": 12.50, "ts": %d}' % TS
        assert answer.source_id == source.id
        assert ProcessBacklog.objects.get().point_id == source.point_id
        source.refresh_from_db()
        assert source.newest_at == NOW
        assert Device.objects.get().heard_at == NOW + MINUTE

    def test_the_same_again_changes_nothing(self, make_account: Make, make_listened: Make) -> None:
        make_listened(account := make_account())
        message = {"caudal": 1, "nivel": 2, "ts": TS}
        fates = keep(sent(account, message), sent(account, message))
        assert [one.outcome for one in fates] == ["stored", "duplicate"]
        assert [one.outcome for one in keep(sent(account, message, is_repeated=True))] == ["duplicate"]
        assert len(stored()) == 2

    def test_another_value_for_the_same_time_is_a_conflict(self, make_account: Make, make_listened: Make) -> None:
        make_listened(account := make_account())
        fates = keep(sent(account, {"caudal": 1, "ts": TS}), sent(account, {"caudal": 2, "ts": TS}))
        assert [one.outcome for one in fates] == ["stored", "conflict"]
        assert stored() == [("caudal", NOW, "1")]

    def test_a_month_without_a_partition_gets_one(self, make_account: Make, make_listened: Make) -> None:
        make_listened(account := make_account())
        old = datetime(2019, 5, 1, tzinfo=UTC)
        keep(sent(account, {"caudal": 1, "ts": int(old.timestamp())}))
        assert stored() == [("caudal", old, "1")]

    def test_the_same_reading_by_poll_and_by_mqtt_is_one_row(
        self, make_account: Make, make_source: Make, make_device: Make
    ) -> None:
        polled, account = make_source(), make_account()
        make_device(account, "sn-1", polled, {"q": "caudal"})
        reading = Reading("caudal", "1.50", NOW, "l/s", 0)
        poll = Poll(readings=[reading], answers=[Answer("GET /data", 200, b"{}")], searched={"caudal": NOW})
        finish(source=polled, poll=poll, end=NOW, duration=MINUTE, now=NOW)
        (fate,) = keep(sent(account, {"q": 1.5, "ts": TS}))
        assert fate.outcome == "duplicate"
        assert stored() == [("caudal", NOW, "1.50")]


class TestWithoutATime:
    def test_its_time_is_when_it_came_and_that_is_said(self, make_account: Make, make_listened: Make) -> None:
        make_listened(account := make_account())
        keep(sent(account, {"caudal": 1}), sent(account, {"caudal": 1}, at=NOW + MINUTE))
        assert stored() == [("caudal", NOW, "1"), ("caudal", NOW + MINUTE, "1")]
        assert set(RawTelemetryData.objects.values_list("flags", flat=True)) == {int(Flag.RECEIVE_TIME)}

    def test_sent_again_it_keeps_the_time_at_which_it_came_first(self, make_account: Make, make_listened: Make) -> None:
        make_listened(account := make_account())
        keep(sent(account, {"caudal": 1}))
        (again,) = keep(sent(account, {"caudal": 1}, at=NOW + MINUTE, is_repeated=True))
        assert again.outcome == "duplicate"
        assert stored() == [("caudal", NOW, "1")]

    def test_sent_again_but_never_stored_it_is_new(self, make_account: Make, make_listened: Make) -> None:
        make_listened(account := make_account())
        for at in (NOW, NOW + MINUTE):
            keep(sent(account, {"caudal": 1}, at=at, is_repeated=True))
        assert stored() == [("caudal", NOW, "1")]

    def test_what_the_broker_kept_for_us_is_of_nobody_knows_when(self, make_account: Make, make_listened: Make) -> None:
        make_listened(account := make_account())
        fates = keep(
            sent(account, {"caudal": 1}, is_retained=True), sent(account, {"nivel": 1, "ts": TS}, is_retained=True)
        )
        assert [one.outcome for one in fates] == ["left_out", "stored"]
        assert stored() == [("nivel", NOW, "1")]

    def test_of_a_source_that_is_polled_it_only_says_look_now(
        self, make_account: Make, make_source: Make, make_device: Make
    ) -> None:
        polled, account = make_source(), make_account()
        make_device(account, "sn-1", polled)
        Source.objects.update(next_poll_at=NOW + 30 * MINUTE, last_polled_at=NOW - 5 * MINUTE)
        (fate,) = keep(sent(account, {"caudal": 1}))
        assert (fate.outcome, stored()) == ("left_out", [])
        polled.refresh_from_db()
        assert polled.next_poll_at == NOW
        Source.objects.update(next_poll_at=NOW + 30 * MINUTE, last_polled_at=NOW - MINUTE / 2)
        keep(sent(account, {"caudal": 1}))
        polled.refresh_from_db()
        assert polled.next_poll_at == NOW + 30 * MINUTE  # not on every message


class TestDead:
    def test_an_unknown_device_is_kept_whole_and_the_same_again_is_counted(self, make_account: Make) -> None:
        account = make_account()
        (fate,) = keep(sent(account, {"caudal": 1, "nivel": 2, "ts": TS}))
        assert fate.outcome == "dead"
        keep(sent(account, {"caudal": 1, "nivel": 2, "ts": TS}, at=NOW + MINUTE))
        keep(sent(account, {"caudal": 2, "ts": TS}, at=NOW + 2 * MINUTE))
        assert letters() == [("unknown_device", "sn-1", "", 2), ("unknown_device", "sn-1", "", 1)]
        letter = DeadLetter.objects.order_by("received_at").first()
        assert letter is not None
        assert (letter.topic, bytes(letter.payload)[:10]) == ("telemetry/sn-1/data", b'{"caudal":')
        assert (letter.received_at, letter.last_at) == (NOW, NOW + MINUTE)
        assert stored() == []

    def test_without_a_time_each_is_another_letter(self, make_account: Make) -> None:
        account = make_account()
        keep(sent(account, {"caudal": 1}), sent(account, {"caudal": 1}, at=NOW + MINUTE))
        assert [count for *_, count in letters()] == [1, 1]

    def test_a_key_that_nobody_assigned_is_counted_beside_what_is_stored(
        self, make_account: Make, make_listened: Make
    ) -> None:
        make_listened(account := make_account())
        keeper = Keeper(lambda: rows_of([account.id]))
        for n in range(3):
            (fate,) = keep(sent(account, {"caudal": 1, "battery": 90 - n, "ts": TS + n}), keeper=keeper)
            assert fate.outcome == "partly_dead"
        assert letters() == [("unknown_key", "sn-1", "battery", 1)]  # the others wait for their minute
        keep(sent(account, {"caudal": 1, "battery": 1, "ts": TS + 9}))
        assert letters() == [("unknown_key", "sn-1", "battery", 2)]

    def test_a_message_of_which_nothing_is_assigned_is_kept_whole(
        self, make_account: Make, make_listened: Make
    ) -> None:
        make_listened(account := make_account())
        keep(sent(account, {"battery": 90, "ts": TS}), sent(account, {"battery": 89, "ts": TS + 60}))
        assert letters() == [("unknown_key", "sn-1", "", 1), ("unknown_key", "sn-1", "", 1)]

    @pytest.mark.parametrize(
        ("payload", "reason"),
        [
            (b"{", Reason.UNDECODABLE),
            ({"caudal": "mucho", "ts": TS}, Reason.UNREADABLE),
            ({"caudal": 1, "ts": "ayer"}, Reason.UNREADABLE),
            ({"caudal": 1, "ts": 86_400}, Reason.IMPOSSIBLE_TIME),
            ({"caudal": 1, "ts": TS + 10 * 365 * 86_400}, Reason.IMPOSSIBLE_TIME),
            (b" " * 300_000, Reason.TOO_BIG),
        ],
    )
    def test_what_cannot_be_read_or_be_true(
        self, make_account: Make, make_listened: Make, payload: Any, reason: Reason
    ) -> None:
        make_listened(account := make_account())
        keep(sent(account, payload))
        letter = DeadLetter.objects.get()
        assert (letter.reason, stored()) == (reason, [])
        assert letter.problem
        assert letter.size >= len(bytes(letter.payload))

    def test_what_is_right_in_a_message_is_stored_all_the_same(self, make_account: Make, make_listened: Make) -> None:
        make_listened(account := make_account())
        (fate,) = keep(sent(account, {"caudal": "mucho", "nivel": 2, "ts": TS}))
        assert (fate.outcome, stored()) == ("partly_dead", [("nivel", NOW, "2")])

    @pytest.mark.parametrize("state", [State.DRAFT, State.STOPPED])
    def test_a_source_in_preparation_gets_nothing_yet(
        self, make_account: Make, make_listened: Make, state: State
    ) -> None:
        reason = {"stop_reason": "a mano"} if state == State.STOPPED else {}
        make_listened(account := make_account(), state=state, **reason)
        keep(sent(account, {"caudal": 1, "ts": TS}))
        assert letters() == ([("not_live", "sn-1", "", 1)] if state == State.DRAFT else [])

    def test_a_point_that_is_gone_gets_nothing(self, make_account: Make, make_listened: Make) -> None:
        source = make_listened(account := make_account())
        source.point.deleted = True
        source.point.save()
        keep(sent(account, {"caudal": 1, "ts": TS}))
        assert letters() == [("not_live", "sn-1", "", 1)]

    def test_a_topic_that_no_subscription_reads_any_more(self, make_account: Make) -> None:
        keep(sent(make_account(), {"caudal": 1}, topic="old/topic"))
        assert letters() == [("undecodable", "", "", 1)]

    def test_a_decoder_that_breaks_takes_no_other_message_with_it(
        self, make_account: Make, make_listened: Make, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        make_listened(account := make_account())

        def broken(message: Any, options: Any) -> Any:
            raise ZeroDivisionError

        monkeypatch.setitem(
            decoders.DECODERS, "status", decoders.Decoder(decoders.DECODERS["status"].read_options, broken)
        )
        fates = keep(sent(account, b"online", topic="telemetry/sn-1/status"), sent(account, {"caudal": 1, "ts": TS}))
        assert [one.outcome for one in fates] == ["dead", "stored"]


class TestRoutes:
    def test_a_device_of_any_account_may_be_any_source_under_other_names(
        self, make_account: Make, make_listened: Make, make_device: Make
    ) -> None:
        account = make_account()
        first, second = (make_listened(account, f"other-{n}") for n in range(2))
        device = make_device(account, "sn-1", first, {"q": "caudal"})
        Route.objects.create(device=device, key="ch2", source=second, source_key="nivel")
        Route.objects.create(device=device, key="battery", source=None)
        (fate,) = keep(sent(account, {"q": 1, "nivel": 2, "ch2": 3, "battery": 4, "ts": TS}))
        assert (fate.outcome, fate.stored, fate.left_out) == ("stored", 3, 1)
        rows = set(RawTelemetryData.objects.values_list("source_id", "key", "value"))
        assert rows == {(first.id, "caudal", "1"), (first.id, "nivel", "2"), (second.id, "nivel", "3")}
        assert RawAnswer.objects.get().source_id == account.id

    def test_two_sources_of_one_device_each_get_their_keys(self, make_account: Make, make_listened: Make) -> None:
        account = make_account()
        first = make_listened(account, variables={"ch0": "level"})
        second = make_listened(account, variables={"ch1": "level"})
        keep(sent(account, {"ch0": 1, "ch1": 2, "ts": TS}))
        rows = set(RawTelemetryData.objects.values_list("source_id", "key"))
        assert rows == {(first.id, "ch0"), (second.id, "ch1")}
        assert Device.objects.get().created_by == "listen"

    def test_a_source_that_is_made_later_is_found_then(self, make_account: Make, make_listened: Make) -> None:
        account = make_account()
        keeper = Keeper(lambda: rows_of([account.id]))
        assert keep(sent(account, {"caudal": 1, "ts": TS}), keeper=keeper)[0].outcome == "dead"
        make_listened(account)
        assert keep(sent(account, {"caudal": 1, "ts": TS}), keeper=keeper)[0].outcome == "stored"

    @pytest.mark.parametrize("is_routed", [True, False])
    def test_a_device_that_another_listener_takes_up_at_the_same_instant(
        self, make_account: Make, make_listened: Make, is_routed: bool
    ) -> None:
        """Between our look for the device and our look for a source that nobody has taken up."""
        make_listened(account := make_account())

        class Rows(dict[uuid.UUID, MqttRow]):
            def __contains__(self, provider: object) -> bool:
                if not Device.objects.exists():
                    keep(sent(account, {"nivel": 2, "ts": TS}))
                    if not is_routed:  # not yet: the device is made first
                        Route.objects.all().delete()
                return super().__contains__(provider)

        (fate,) = keep(sent(account, {"caudal": 1, "ts": TS}), keeper=Keeper(lambda: Rows(rows_of([account.id]))))
        assert (fate.outcome, letters()) == ("stored", [])
        assert stored() == [("caudal", NOW, "1"), ("nivel", NOW, "2")]

    def test_the_same_name_at_two_brokers_is_two_devices(self, make_account: Make, make_listened: Make) -> None:
        one, other = make_account("uno"), make_account("otro")
        make_listened(one)
        assert [fate.outcome for fate in keep(sent(one, {"caudal": 1}), sent(other, {"caudal": 1}))] == [
            "stored",
            "dead",
        ]

    def test_a_device_that_is_called_by_a_secret_is_known_by_its_digest(
        self, make_account: Make, make_listened: Make
    ) -> None:
        account = make_account(
            params={"thing_token": {"secret": True}},
            subscriptions=[{"topic": "v2/things/{point.thing_token}", "decoder": "thethings"}],
        )
        make_listened(account, params={}, secret_params={"thing_token": "token-000"})
        message = {"values": [{"key": "caudal", "value": 1, "datetime": "2026-01-02T12:00:00Z"}]}
        keep(sent(account, message, topic="v2/things/token-000"), sent(account, message, topic="v2/things/token-001"))
        assert stored() == [("caudal", NOW, "1")]
        letter, answer = DeadLetter.objects.get(), RawAnswer.objects.get()
        assert letter.shown_topic == "v2/things/***"
        assert "token-00" not in f"{letter.device} {letter.problem} {Device.objects.get().identity}"
        assert zlib.decompress(bytes(answer.body)).startswith(b"v2/things/***\0")


class TestClocksAndWills:
    def test_a_logger_with_a_local_time_of_its_own(self, make_account: Make, make_listened: Make) -> None:
        account = make_account(subscriptions=[{"topic": "novus/#", "decoder": "novus-logbox"}])
        make_listened(account, "17", variables={"channel_0": "level"})
        frame = {"timestamp": 46024.5, "value_channels": [1]}  # 2026-01-02 12:00 on the logger's clock
        keep(sent(account, frame, topic="novus/17/log/channels"))
        Device.objects.update(zone="UTC")
        keep(sent(account, frame, topic="novus/17/log/channels"))
        assert [at for _, at, _ in stored()] == [NOW, NOW + timedelta(hours=3)]

    def test_what_a_device_says_last_about_itself_holds(self, make_account: Make, make_listened: Make) -> None:
        make_listened(account := make_account())
        topic = "telemetry/sn-1/status"
        keep(sent(account, b"online", topic=topic), sent(account, b"offline", topic=topic, at=NOW + MINUTE))
        keep(sent(account, b"online", topic=topic, at=NOW))  # an older one, late
        device = Device.objects.get()
        assert (device.is_online, device.status_at) == (False, NOW + MINUTE)
        assert (stored(), letters()) == ([], [])


class TestSparkplug:
    def test_what_a_birth_said_outlives_the_listener(self, make_account: Make, make_listened: Make) -> None:
        from tests.telemetry_service.providers.decoders.test_sparkplug import BIRTH, payload, topic

        account = make_account(subscriptions=[{"topic": "spBv1.0/#", "decoder": "sparkplug-b"}])
        make_listened(account, "aguas/borde", variables={"caudal": "flow", "temperatura": "temperature"})
        data = [payload(n, [{"alias": 2, "int_value": n, "timestamp": (TS + n) * 1000}]) for n in (1, 2)]
        first, second = (Keeper(lambda: rows_of([account.id])) for _ in range(2))
        birth = sent(account, payload(0, BIRTH), topic=topic("NBIRTH"))
        keep(birth, sent(account, data[0], topic=topic("NDATA")), keeper=first)
        found = second.keep([sent(account, data[1], topic=topic("NDATA"))], now=NOW)
        assert (found.commands, found.fates[0].outcome) == ([], "stored")
        assert [value for key, _, value in stored() if key == "temperatura"] == ["-5", "1", "2"]


@pytest.mark.django_db(transaction=True)
def test_two_listeners_that_need_a_new_month_at_the_same_instant_lose_nothing(
    make_account: Make, make_listened: Make
) -> None:
    account = make_account()
    make_listened(account, "sn-1")
    make_listened(account, "sn-2")
    together = threading.Barrier(2)

    def hear(device: str) -> list[str]:
        keeper, outcomes = Keeper(lambda: rows_of({account.id})), []
        for month in range(1, 7):
            at = int(datetime(2025, month, 1, tzinfo=UTC).timestamp())
            message = sent(account, {"caudal": 1, "ts": at}, topic=f"telemetry/{device}/data")
            together.wait(10)
            outcomes += [fate.outcome for fate in keeper.keep([message], now=NOW).fates]
        connection.close()
        return outcomes

    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(hear, ("sn-1", "sn-2"))) == [["stored"] * 6] * 2
    assert not DeadLetter.objects.exists()
