import type { Migration } from './migration.ts';

export const rules: Migration = {
  version: 4,
  name: 'rules',
  sql: `
    ALTER TABLE verdicts ADD COLUMN flags TEXT;   -- JSON, NULL where there are none
    ALTER TABLE verdicts ADD COLUMN shadow TEXT;  -- JSON, NULL where there are none

    -- What was judged, beside its first verdict; kept for a while only.
    CREATE TABLE judged_events (
      verdict_id INTEGER PRIMARY KEY REFERENCES verdicts (id),
      event      TEXT NOT NULL           -- canonical JSON with all signatures, number tokens as they came
    ) STRICT;

    -- What was made of rules of policy lists in each community.
    CREATE TABLE list_rule_decisions (
      scope         TEXT NOT NULL,       -- id of a community, or of a room without one
      list          TEXT NOT NULL,       -- room id
      rule          TEXT NOT NULL,       -- kind and entity
      standing      TEXT NOT NULL CHECK (standing IN ('passed', 'waiting', 'approved', 'rejected')),
      rule_event_id TEXT NOT NULL,
      people        INTEGER NOT NULL,
      moderators    INTEGER NOT NULL,
      since         INTEGER NOT NULL,    -- milliseconds since 1970
      decided_by    TEXT,
      PRIMARY KEY (scope, list, rule)
    ) STRICT;

    -- Rooms as the memory of people knows them.
    CREATE TABLE people_rooms (
      people_room_key INTEGER PRIMARY KEY,
      room_id         TEXT NOT NULL UNIQUE,
      since           INTEGER            -- milliseconds since 1970; NULL before an event of the room was stored
    ) STRICT;

    CREATE TABLE people (
      user_id         TEXT    NOT NULL,
      people_room_key INTEGER NOT NULL REFERENCES people_rooms (people_room_key),
      first_seen_at   INTEGER NOT NULL,  -- milliseconds since 1970, as those that follow
      joined_at       INTEGER,           -- NULL where they are not joined
      last_join_at    INTEGER,
      left_at         INTEGER,
      is_invited      INTEGER NOT NULL CHECK (is_invited IN (0, 1)),
      messages        INTEGER NOT NULL,
      PRIMARY KEY (user_id, people_room_key)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE precedents (
      id          INTEGER PRIMARY KEY AUTOINCREMENT,
      fingerprint TEXT    NOT NULL,
      action      TEXT    NOT NULL CHECK (action IN ('allow', 'refuse')),
      sender      TEXT,                  -- NULL: everybody
      community   TEXT,                  -- NULL: the one room
      room_id     TEXT    NOT NULL,
      reference   TEXT    NOT NULL,
      decided_on  TEXT    NOT NULL,
      made_by     TEXT    NOT NULL,
      note        TEXT    NOT NULL,
      made_at     INTEGER NOT NULL,
      until       INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX precedents_by_end ON precedents (until);

    -- Rows are added, and never changed or removed.
    CREATE TABLE actions (
      id        INTEGER PRIMARY KEY AUTOINCREMENT,
      at        INTEGER NOT NULL,
      actor     TEXT    NOT NULL,
      community TEXT,
      action    TEXT    NOT NULL,
      target    TEXT    NOT NULL,
      note      TEXT    NOT NULL,
      details   TEXT    NOT NULL         -- JSON
    ) STRICT;
    CREATE INDEX actions_by_community ON actions (community, id);
    CREATE TRIGGER actions_stay BEFORE UPDATE ON actions BEGIN SELECT RAISE(ABORT, 'actions are never changed'); END;
    CREATE TRIGGER actions_remain BEFORE DELETE ON actions BEGIN SELECT RAISE(ABORT, 'actions are never removed'); END;

    -- Every state that the settings of a scope had; the last one counts.
    CREATE TABLE settings_revisions (
      scope    TEXT    NOT NULL,         -- instance, community/<id>, space/<room id> or room/<room id>
      revision INTEGER NOT NULL,
      document TEXT,                     -- JSON, NULL where the scope was deleted
      author   TEXT    NOT NULL,
      note     TEXT    NOT NULL,
      at       INTEGER NOT NULL,
      PRIMARY KEY (scope, revision)
    ) STRICT;

    -- Effective settings that verdicts were made under.
    CREATE TABLE configurations (fingerprint TEXT PRIMARY KEY, document TEXT NOT NULL) STRICT;
  `,
};
