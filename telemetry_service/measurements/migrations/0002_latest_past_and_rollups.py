from django.db import migrations

FIGURES = """
    count integer NOT NULL,
    good integer NOT NULL,
    first double precision,
    last double precision,
    min double precision,
    max double precision,
    sum double precision,
    area double precision NOT NULL,
    weighed_s double precision NOT NULL,
    before double precision,
"""
# Codes compare as bytes, as in `measurement`. `measurement_past` has what a measurement was, until when.
TABLES = f"""
CREATE TABLE measurement_latest (
    point_id uuid NOT NULL,
    variable text COLLATE "C" NOT NULL,
    time timestamptz NOT NULL,
    value double precision,
    value_text text,
    value_bool boolean,
    quality smallint NOT NULL,
    reasons bigint NOT NULL,
    source_id uuid NOT NULL,
    config_version integer,
    CONSTRAINT measurement_latest_pkey PRIMARY KEY (point_id, variable)
) WITH (fillfactor = 70);

CREATE TABLE measurement_past (
    point_id uuid NOT NULL,
    variable text COLLATE "C" NOT NULL,
    time timestamptz NOT NULL,
    value double precision,
    value_text text,
    value_bool boolean,
    quality smallint NOT NULL,
    reasons bigint NOT NULL,
    source_id uuid NOT NULL,
    config_version integer,
    meter_from timestamptz,
    known_since timestamptz NOT NULL,
    known_until timestamptz NOT NULL,
    CONSTRAINT measurement_past_pkey PRIMARY KEY (point_id, variable, time, known_until),
    CONSTRAINT measurement_past_was_known_a_while CHECK (known_since < known_until)
);

CREATE TABLE measurement_hourly (
    point_id uuid NOT NULL,
    variable text COLLATE "C" NOT NULL,
    hour timestamptz NOT NULL,
    {FIGURES}
    CONSTRAINT measurement_hourly_pkey PRIMARY KEY (point_id, variable, hour),
    CONSTRAINT measurement_hourly_good_are_of_all CHECK (0 <= good AND good <= count AND count > 0)
) PARTITION BY RANGE (hour);

CREATE TABLE measurement_daily (
    point_id uuid NOT NULL,
    variable text COLLATE "C" NOT NULL,
    zone text NOT NULL,
    day date NOT NULL,
    {FIGURES}
    CONSTRAINT measurement_daily_pkey PRIMARY KEY (point_id, variable, zone, day),
    CONSTRAINT measurement_daily_zone_known CHECK (zone IN ('utc', 'utc-4', 'santiago')),
    CONSTRAINT measurement_daily_good_are_of_all CHECK (0 <= good AND good <= count AND count > 0)
);
"""
DROP = "DROP TABLE measurement_latest, measurement_past, measurement_hourly, measurement_daily"


class Migration(migrations.Migration):
    dependencies = [("measurements", "0001_initial")]

    operations = [migrations.RunSQL(TABLES, reverse_sql=DROP)]
