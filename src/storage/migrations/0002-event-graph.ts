import type { Migration } from './migration.ts';

export const eventGraph: Migration = {
  version: 2,
  name: 'event graph',
  sql: `
    -- Positions are never used again, so that a reader of the stream misses nothing. What the event says of itself is
    -- read from its JSON, but for what an index needs.
    CREATE TABLE events (
      position         INTEGER PRIMARY KEY AUTOINCREMENT,
      room_key         INTEGER NOT NULL REFERENCES rooms (room_key),
      event_id         TEXT    NOT NULL,
      status           TEXT    NOT NULL,
      is_rejected      INTEGER NOT NULL CHECK (is_rejected IN (0, 1)),
      origin_server_ts REAL    NOT NULL,  -- exceeds 2^53 in room versions 1 to 5
      state_before     TEXT,
      state_after      TEXT,              -- NULL where it is the state before
      received_from    TEXT    NOT NULL,
      received_at      INTEGER NOT NULL,
      reason           TEXT,
      event            TEXT    NOT NULL   -- canonical JSON, number tokens as they came
    ) STRICT;
    -- In room versions 1 and 2 servers choose ids, so that two rooms may have the same.
    CREATE UNIQUE INDEX events_by_id ON events (event_id, room_key);
    CREATE INDEX events_by_time ON events (room_key, origin_server_ts) WHERE status IN ('accepted', 'backfilled');
    CREATE INDEX events_unaccepted ON events (room_key) WHERE status IN ('softFailed', 'rejected');

    CREATE TABLE event_counts (
      room_key INTEGER NOT NULL REFERENCES rooms (room_key),
      status   TEXT    NOT NULL,
      events   INTEGER NOT NULL,
      PRIMARY KEY (room_key, status)
    ) STRICT, WITHOUT ROWID;

    -- Rows are appended, so that only the index is written in random order.
    CREATE TABLE state_nodes (node_key INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, node TEXT NOT NULL) STRICT;

    CREATE TABLE room_heads (
      room_key      INTEGER PRIMARY KEY REFERENCES rooms (room_key),
      extremities   TEXT NOT NULL,        -- JSON
      current_state TEXT NOT NULL
    ) STRICT;

    -- The target may come after its redaction.
    CREATE TABLE redactions (
      room_key  INTEGER NOT NULL REFERENCES rooms (room_key),
      target    TEXT    NOT NULL,
      redaction TEXT    NOT NULL,
      PRIMARY KEY (room_key, target)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE destinations (destination_key INTEGER PRIMARY KEY, server_name TEXT NOT NULL UNIQUE) STRICT;

    CREATE TABLE outbox (
      sequence        INTEGER PRIMARY KEY AUTOINCREMENT,
      destination_key INTEGER NOT NULL REFERENCES destinations (destination_key),
      room_key        INTEGER NOT NULL,
      position        INTEGER NOT NULL    -- of the event
    ) STRICT;
    CREATE INDEX outbox_by_destination ON outbox (destination_key, sequence, room_key);
    CREATE INDEX outbox_by_event ON outbox (position);

    CREATE TABLE readers (name TEXT PRIMARY KEY, position INTEGER NOT NULL) STRICT, WITHOUT ROWID;

    CREATE TABLE aliases (
      alias_key INTEGER PRIMARY KEY,
      alias     TEXT    NOT NULL UNIQUE,
      room_key  INTEGER NOT NULL REFERENCES rooms (room_key)
    ) STRICT;
    CREATE INDEX aliases_by_room ON aliases (room_key);

    CREATE TABLE public_rooms (room_key INTEGER PRIMARY KEY REFERENCES rooms (room_key)) STRICT;

    -- States without events are no longer kept: rooms are joined anew at the next start, which brings both.
    DROP TABLE room_state;
    DROP TABLE loose_state_sets;
    ALTER TABLE rooms DROP COLUMN state_set;
    UPDATE rooms SET record = json_set(record, '$.membership', 'joining')
      WHERE json_extract(record, '$.membership') = 'joined';
  `,
};
