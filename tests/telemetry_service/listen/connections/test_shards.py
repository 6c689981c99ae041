import uuid

import pytest

from telemetry_service.listen.connections.shards import Shard, read_shard

IDS = [uuid.UUID(int=n * 7919) for n in range(600)]


@pytest.mark.parametrize("count", [1, 2, 5])
def test_each_account_is_heard_by_one_shard_and_all_have_their_share(count: int) -> None:
    heard = [[one for one in IDS if Shard(number, count).has(one)] for number in range(1, count + 1)]
    assert sorted(one for shard in heard for one in shard) == sorted(IDS)
    assert min(len(shard) for shard in heard) > 0.7 * len(IDS) / count


def test_one_more_shard_moves_only_its_own_share() -> None:
    stay = [one for one in IDS if any(Shard(n, 3).has(one) and Shard(n, 4).has(one) for n in range(1, 4))]
    moved = set(IDS) - set(stay)
    assert all(Shard(4, 4).has(one) for one in moved)


def test_what_is_said_of_a_shard() -> None:
    assert read_shard("2/3") == Shard(2, 3)
    assert str(Shard(2, 3)) == "2/3"
    for text in ("0/3", "4/3", "1", "a/b", "1/0", ""):
        with pytest.raises(ValueError, match="I/N"):
            read_shard(text)
