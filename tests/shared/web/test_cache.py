from shared.web.cache import ForgivingRedisCache


def test_a_cache_that_is_away_forgets_and_does_not_fail() -> None:
    cache = ForgivingRedisCache("redis://127.0.0.1:1/0", {})
    cache.set("name", 1)
    assert cache.get("name", "default") == "default"
    assert cache.add("name", 1)
    assert not cache.delete("name")
