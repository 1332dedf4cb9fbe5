import type { Migration } from './migration.ts';

export const rules: Migration = {
  version: 4,
  name: 'rules',
  sql: `
    ALTER TABLE verdicts ADD COLUMN flags TEXT;   -- JSON, NULL where there are none
    ALTER TABLE verdicts ADD COLUMN shadow TEXT;  -- JSON, NULL where there are none
    ALTER TABLE verdicts ADD COLUMN took_ms INTEGER;  -- from the request to the decision; NULL where nobody waited

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
      first_seen_at   INTEGER,           -- milliseconds since 1970, as those that follow; NULL where they did nothing
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

    CREATE TABLE lockdowns (
      id          INTEGER PRIMARY KEY AUTOINCREMENT,
      scope       TEXT    NOT NULL,
      mode        TEXT    NOT NULL CHECK (mode IN ('lockdown', 'slow')),
      who         TEXT    NOT NULL CHECK (who IN ('newcomers', 'everyone')),
      interval_ms INTEGER NOT NULL,
      message     TEXT,
      begun_by    TEXT    NOT NULL,
      note        TEXT    NOT NULL,
      begun_at    INTEGER NOT NULL,
      until       INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX lockdowns_by_end ON lockdowns (until);

    CREATE TABLE queue (
      id         INTEGER PRIMARY KEY AUTOINCREMENT,
      kind       TEXT    NOT NULL CHECK (kind IN ('flag', 'appeal')),
      verdict_id INTEGER NOT NULL REFERENCES verdicts (id),
      room_id    TEXT    NOT NULL,       -- of the verdict
      statement  TEXT    NOT NULL,
      created_at INTEGER NOT NULL,
      status     TEXT    NOT NULL DEFAULT 'open' CHECK (status IN ('open', 'claimed', 'decided')),
      claimed_by TEXT,
      decided_by TEXT,
      decided_at INTEGER,
      decision   TEXT,
      note       TEXT    NOT NULL DEFAULT ''
    ) STRICT;
    CREATE INDEX queue_by_status ON queue (status, id);
    CREATE INDEX queue_by_verdict ON queue (verdict_id);
    -- Up to which verdict flags have been put into the queue.
    CREATE TABLE queue_position (id INTEGER PRIMARY KEY CHECK (id = 1), verdict_id INTEGER NOT NULL) STRICT;
    INSERT INTO queue_position SELECT 1, coalesce(max(id), 0) FROM verdicts;
    CREATE INDEX verdicts_flagged ON verdicts (id) WHERE flags IS NOT NULL;
    CREATE INDEX verdicts_shadowed ON verdicts (id) WHERE shadow IS NOT NULL;
    -- What people look for; most verdicts are none of these, and cost nothing here.
    CREATE INDEX noteworthy ON verdicts (id)
      WHERE refusal IS NOT NULL OR flags IS NOT NULL OR shadow IS NOT NULL;
    CREATE INDEX noteworthy_by_room ON verdicts (room_id, id)
      WHERE refusal IS NOT NULL OR flags IS NOT NULL OR shadow IS NOT NULL;
    CREATE INDEX noteworthy_by_sender ON verdicts (sender, id)
      WHERE refusal IS NOT NULL OR flags IS NOT NULL OR shadow IS NOT NULL;
    CREATE INDEX noteworthy_by_decider ON verdicts (decided_by, id)
      WHERE refusal IS NOT NULL OR flags IS NOT NULL OR shadow IS NOT NULL;

    CREATE TABLE admin_tokens (
      id          INTEGER PRIMARY KEY AUTOINCREMENT,
      name        TEXT    NOT NULL,
      community   TEXT,                  -- NULL: the whole instance
      secret_hash TEXT    NOT NULL,
      created_by  TEXT    NOT NULL,
      created_at  INTEGER NOT NULL,
      expires_at  INTEGER,
      revoked_at  INTEGER
    ) STRICT;

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
