"""Hourly and daily sums of measurements, in step with them to the last bit: what changed is made anew, never added to.

An hour holds the count of all its measurements and figures over the good ones. A segment is what lies between a good
measurement and the good one before it; it belongs to the hour in which it ends. `area` and `weighed_s` are the
integral and the length of the hour's segments, `before` is the good value before the hour's first. A segment of more
than a day weighs nothing: nobody knows what happened in it.

A day is made of its hours, in each of the zones in which people ask for days: all of them are whole hours from UTC.
"""

from typing import Any

# The days that people ask for: a computer's, the regulators' (UTC-4 all year), Chile's.
ZONES = {"utc": "UTC", "utc-4": "Etc/GMT+4", "santiago": "America/Santiago"}
CHANGED = """
CREATE TEMPORARY TABLE IF NOT EXISTS measurement_changed (
    point_id uuid, variable text COLLATE "C", time timestamptz
) ON COMMIT DELETE ROWS;
CREATE TEMPORARY TABLE IF NOT EXISTS rollup_dirty (
    point_id uuid, variable text COLLATE "C", hour timestamptz
) ON COMMIT DELETE ROWS;
CREATE TEMPORARY TABLE IF NOT EXISTS rollup_made (
    point_id uuid, variable text COLLATE "C", hour timestamptz, count integer, good integer, first float8, last float8,
    min float8, max float8, sum float8, area float8, weighed_s float8, before float8
) ON COMMIT DELETE ROWS
"""
# The hours that changed, and for each the hour of the next good measurement: its first segment begins in a changed one.
MARK = """
WITH touched AS (SELECT DISTINCT point_id, variable, date_trunc('hour', time) AS hour FROM measurement_changed),
ends AS (
    SELECT * FROM (
           SELECT *, lead(hour) OVER (PARTITION BY point_id, variable ORDER BY hour) AS next FROM touched) one
     WHERE next IS DISTINCT FROM hour + interval '1 hour')
INSERT INTO rollup_dirty
SELECT * FROM touched
UNION
SELECT ends.point_id, ends.variable, date_trunc('hour', following.time)
  FROM ends CROSS JOIN LATERAL (
       SELECT time FROM measurement one
        WHERE one.point_id = ends.point_id AND one.variable = ends.variable
          AND one.time >= ends.hour + interval '1 hour' AND one.quality = 1 AND one.value IS NOT NULL
        ORDER BY time LIMIT 1) following
"""
FIGURES = "count, good, first, last, min, max, sum, area, weighed_s, before"
RENEW = ", ".join(f"{name} = excluded.{name}" for name in FIGURES.split(", "))
SAME_SERIES = "old.point_id = dirty.point_id AND old.variable = dirty.variable"
# Only where measurements went can there be nothing left of an hour or a day.
FORGET_HOURS = f"""
DELETE FROM measurement_hourly old USING rollup_dirty dirty WHERE {SAME_SERIES} AND old.hour = dirty.hour
"""  # noqa: S608 the names are ours
# Dirty hours that lie near each other are read in one walk along the key; OFFSET 0 keeps the planner, which knows
# nothing of a temporary table, from reading the whole of `measurement` instead.
MAKE_HOURS = f"""
WITH marked AS (
    SELECT *, sum(apart) OVER (PARTITION BY point_id, variable ORDER BY hour) AS island FROM (
           SELECT *, CASE WHEN hour - lag(hour) OVER (PARTITION BY point_id, variable ORDER BY hour)
                               <= interval '6 hours' THEN 0 ELSE 1 END AS apart FROM rollup_dirty) one),
islands AS (
    SELECT point_id, variable, island, min(hour) AS start, max(hour) + interval '1 hour' AS stop
      FROM marked GROUP BY point_id, variable, island),
inside AS (
    SELECT islands.point_id, islands.variable, islands.island, one.time, one.value, one.quality
      FROM islands CROSS JOIN LATERAL (
           SELECT time, value, quality FROM measurement one
            WHERE one.point_id = islands.point_id AND one.variable = islands.variable
              AND one.time >= islands.start AND one.time < islands.stop OFFSET 0) one),
good AS (
    SELECT point_id, variable, island, time, value, true AS counts FROM inside
     WHERE quality = 1 AND value IS NOT NULL
     UNION ALL
    SELECT islands.point_id, islands.variable, islands.island, one.time, one.value, false
      FROM islands CROSS JOIN LATERAL (
           SELECT time, value FROM measurement one
            WHERE one.point_id = islands.point_id AND one.variable = islands.variable
              AND one.time < islands.start AND one.quality = 1 AND one.value IS NOT NULL
            ORDER BY time DESC LIMIT 1) one),
segments AS (
    SELECT *, date_trunc('hour', time) AS hour, lag(value) OVER series AS value_before,
           extract(epoch FROM time - lag(time) OVER series)::float8 AS seconds
      FROM good WINDOW series AS (PARTITION BY point_id, variable, island ORDER BY time)),
figures AS (
    SELECT point_id, variable, hour, count(*) AS good, (array_agg(value ORDER BY time))[1] AS first,
           (array_agg(value ORDER BY time DESC))[1] AS last, min(value) AS min, max(value) AS max,
           sum(value ORDER BY time) AS sum,
           coalesce(sum((value + value_before) / 2 * seconds ORDER BY time) FILTER (WHERE seconds <= 86400), 0) AS area,
           coalesce(sum(seconds ORDER BY time) FILTER (WHERE seconds <= 86400), 0) AS weighed_s,
           (array_agg(value_before ORDER BY time))[1] AS before
      FROM segments WHERE counts GROUP BY point_id, variable, hour),
counts AS (
    SELECT point_id, variable, date_trunc('hour', time) AS hour, count(*) AS count
      FROM inside GROUP BY point_id, variable, date_trunc('hour', time))
INSERT INTO measurement_hourly (point_id, variable, hour, {FIGURES})
SELECT point_id, variable, hour, count, coalesce(good, 0), first, last, min, max, sum, coalesce(area, 0),
       coalesce(weighed_s, 0), before
  FROM rollup_dirty JOIN counts USING (point_id, variable, hour) LEFT JOIN figures USING (point_id, variable, hour)
 ORDER BY point_id, variable, hour
    ON CONFLICT (point_id, variable, hour) DO UPDATE SET {RENEW}
"""  # noqa: S608 the names are ours
# Hours that are made already.
KEEP_HOURS = f"""
INSERT INTO measurement_hourly (point_id, variable, hour, {FIGURES})
SELECT point_id, variable, hour, {FIGURES} FROM rollup_made ORDER BY point_id, variable, hour
    ON CONFLICT (point_id, variable, hour) DO UPDATE SET {RENEW}
"""  # noqa: S608 the names are ours
MARK_MADE = "INSERT INTO rollup_dirty SELECT point_id, variable, hour FROM rollup_made"
DIRTY_DAYS = """
SELECT DISTINCT dirty.point_id, dirty.variable, zone.name AS zone, (dirty.hour AT TIME ZONE zone.tz)::date AS day,
       zone.tz
  FROM rollup_dirty dirty CROSS JOIN unnest(%(names)s::text[], %(zones)s::text[]) AS zone (name, tz)
"""
FORGET_DAYS = f"""
DELETE FROM measurement_daily old USING ({DIRTY_DAYS}) dirty
 WHERE {SAME_SERIES} AND old.zone = dirty.zone AND old.day = dirty.day
"""  # noqa: S608 the names are ours
MAKE_DAYS = f"""
INSERT INTO measurement_daily (point_id, variable, zone, day, {FIGURES})
SELECT dirty.point_id, dirty.variable, dirty.zone, dirty.day, made.*
  FROM ({DIRTY_DAYS}) dirty CROSS JOIN LATERAL (
       SELECT sum(count) AS count, sum(good),
              (array_agg(first ORDER BY hour) FILTER (WHERE good > 0))[1],
              (array_agg(last ORDER BY hour DESC) FILTER (WHERE good > 0))[1],
              min(min), max(max), sum(sum ORDER BY hour), sum(area ORDER BY hour), sum(weighed_s ORDER BY hour),
              (array_agg(before ORDER BY hour) FILTER (WHERE good > 0))[1]
         FROM measurement_hourly one
        WHERE one.point_id = dirty.point_id AND one.variable = dirty.variable
          AND one.hour >= dirty.day::timestamp AT TIME ZONE dirty.tz
          AND one.hour < (dirty.day + 1)::timestamp AT TIME ZONE dirty.tz) made
 WHERE made.count IS NOT NULL
 ORDER BY dirty.point_id, dirty.variable, dirty.zone, dirty.day
    ON CONFLICT (point_id, variable, zone, day) DO UPDATE SET {RENEW}
"""  # noqa: S608 the names are ours


def roll_up(cursor: Any, *, gone: bool) -> None:
    """Makes the hours and days anew of what `measurement_changed` holds. In the transaction that changed it.

    `gone`: some of it is no measurement any more.
    """
    zones = {"names": list(ZONES), "zones": list(ZONES.values())}
    cursor.execute("DELETE FROM rollup_dirty")
    cursor.execute(MARK)
    if gone:
        cursor.execute(FORGET_HOURS)
        cursor.execute(FORGET_DAYS, zones)
    cursor.execute(MAKE_HOURS)
    cursor.execute(MAKE_DAYS, zones)


def keep_hours(cursor: Any) -> None:
    """Puts down the hours of `rollup_made`, and makes their days anew. In the transaction that changed them."""
    cursor.execute("DELETE FROM rollup_dirty")
    cursor.execute(MARK_MADE)
    cursor.execute(KEEP_HOURS)
    cursor.execute(MAKE_DAYS, {"names": list(ZONES), "zones": list(ZONES.values())})
    cursor.execute("DELETE FROM rollup_made")
