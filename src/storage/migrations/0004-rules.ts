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
  `,
};
