"""The newest measurement of each point and variable, of whatever quality, kept beside the table of them all."""

from typing import Any

FIELDS = "time, value, value_text, value_bool, quality, reasons, source_id, config_version"
STAGED = "time, value, value_text, NULL::boolean, quality, reasons, source_id, config_version"
SET = ", ".join(f"{name} = excluded.{name}" for name in FIELDS.split(", "))

KEEP = f"""
INSERT INTO measurement_latest AS known (point_id, variable, {FIELDS})
SELECT point_id, variable, {STAGED} FROM measurement_staging
    ON CONFLICT (point_id, variable) DO UPDATE SET {SET}
"""  # noqa: S608 the names are ours
TAKE = f"""
INSERT INTO measurement_latest AS known (point_id, variable, {FIELDS})
SELECT DISTINCT ON (point_id, variable) point_id, variable, {STAGED}
  FROM measurement_staging ORDER BY point_id, variable, time DESC
    ON CONFLICT (point_id, variable) DO UPDATE SET {SET}
 WHERE excluded.time >= known.time
"""  # noqa: S608 the names are ours
# Measurements went: what is newest now is looked for.
RENEW = f"""
WITH series AS (SELECT DISTINCT point_id, variable FROM measurement_changed),
gone AS (
    DELETE FROM measurement_latest known USING series
     WHERE known.point_id = series.point_id AND known.variable = series.variable
       AND NOT EXISTS (SELECT 1 FROM measurement one
                        WHERE one.point_id = series.point_id AND one.variable = series.variable))
INSERT INTO measurement_latest (point_id, variable, {FIELDS})
SELECT series.point_id, series.variable, newest.* FROM series CROSS JOIN LATERAL (
       SELECT {FIELDS} FROM measurement one
        WHERE one.point_id = series.point_id AND one.variable = series.variable
        ORDER BY time DESC LIMIT 1) newest
    ON CONFLICT (point_id, variable) DO UPDATE SET {SET}
"""  # noqa: S608 the names are ours


def take_latest(cursor: Any) -> None:
    """What was merged last is the latest of its series, unless a later one is there."""
    cursor.execute(TAKE)


def keep_latest(cursor: Any) -> None:
    """What is staged, one measurement a series, is later than all that is known."""
    cursor.execute(KEEP)


def renew_latest(cursor: Any) -> None:
    """The latest of every changed series, looked for in the whole table."""
    cursor.execute(RENEW)
