import type { Migration } from './migration.ts';

export const firstTables: Migration = {
  version: 1,
  name: 'first tables',
  sql: `
    -- Rows are appended, so that only the two indexes are written in random order.
    CREATE TABLE verdicts (
      id             INTEGER PRIMARY KEY,
      event_id       TEXT    NOT NULL,
      revision       INTEGER NOT NULL,
      reference      TEXT    NOT NULL,
      reference_hash TEXT,             -- NULL where the event id is made of it
      room_id        TEXT    NOT NULL,
      room_version   TEXT    NOT NULL,
      sender         TEXT    NOT NULL,
      type           TEXT    NOT NULL,
      signature      TEXT,             -- of signed events
      public_key     TEXT,             -- of signed events
      refusal        TEXT,             -- JSON, of refused events
      decided_by     TEXT    NOT NULL,
      evidence       TEXT,             -- JSON, NULL where there is none
      facts          TEXT    NOT NULL, -- JSON
      configuration  TEXT    NOT NULL,
      asked_by       TEXT    NOT NULL,
      decided_at     INTEGER NOT NULL,
      CHECK ((refusal IS NULL) = (signature IS NOT NULL AND public_key IS NOT NULL))
    ) STRICT;
    CREATE UNIQUE INDEX verdicts_by_event ON verdicts (event_id, revision);
    CREATE INDEX verdicts_by_reference ON verdicts (reference);

    CREATE TABLE rooms (
      room_key     INTEGER PRIMARY KEY,
      room_id      TEXT    NOT NULL UNIQUE,
      record       TEXT,               -- JSON, NULL where only events of the room are known
      state_set    INTEGER,            -- which rows of room_state are the room's current state
      known_events INTEGER NOT NULL DEFAULT 0
    ) STRICT;

    -- A new state is written beside the old one and takes its place when the room's state_set changes.
    CREATE TABLE room_state (
      state_set INTEGER NOT NULL,
      type      TEXT    NOT NULL,
      state_key TEXT    NOT NULL,
      event_id  TEXT    NOT NULL,
      depth     REAL    NOT NULL,      -- exceeds 2^53 in room versions 1 to 5
      event     TEXT    NOT NULL       -- canonical JSON, number tokens as they came
    ) STRICT;
    CREATE UNIQUE INDEX room_state_entry ON room_state (state_set, type, state_key);

    -- Sets that are not yet, or no more, the state of a room; removed at the next start if that was interrupted.
    CREATE TABLE loose_state_sets (state_set INTEGER PRIMARY KEY) STRICT;

    CREATE TABLE known_events (
      room_key INTEGER NOT NULL REFERENCES rooms (room_key),
      event_id TEXT    NOT NULL,
      PRIMARY KEY (room_key, event_id)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE server_keys (
      server_name    TEXT    NOT NULL,
      key_id         TEXT    NOT NULL,
      public_key     BLOB    NOT NULL,
      valid_until_ts INTEGER NOT NULL,
      expired        INTEGER NOT NULL CHECK (expired IN (0, 1)),
      PRIMARY KEY (server_name, key_id)
    ) STRICT, WITHOUT ROWID;

    -- Written to find out whether the database can be written.
    CREATE TABLE write_probe (id INTEGER PRIMARY KEY CHECK (id = 1), probes INTEGER NOT NULL) STRICT;
    INSERT INTO write_probe VALUES (1, 0);
  `,
};
