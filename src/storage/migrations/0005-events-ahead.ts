import type { Migration } from './migration.ts';

export const eventsAhead: Migration = {
  version: 5,
  name: 'events ahead',
  sql: `
    -- Soft-failed because the policy server had no say: it is judged again when it comes again.
    ALTER TABLE events ADD COLUMN is_undecided INTEGER NOT NULL DEFAULT 0 CHECK (is_undecided IN (0, 1));

    -- Redactions whose target had not come. An empty server stands for all: their sender may redact anything.
    CREATE TABLE redactions_ahead (
      room_key  INTEGER NOT NULL REFERENCES rooms (room_key),
      target    TEXT    NOT NULL,
      server    TEXT    NOT NULL,
      redaction TEXT    NOT NULL,
      PRIMARY KEY (room_key, target, server)
    ) STRICT, WITHOUT ROWID;

    INSERT INTO redactions_ahead
      SELECT room_key, target, '', redaction FROM redactions
      WHERE NOT EXISTS (
        SELECT 1 FROM events WHERE events.event_id = redactions.target AND events.room_key = redactions.room_key
      );
    DELETE FROM redactions WHERE NOT EXISTS (
      SELECT 1 FROM events WHERE events.event_id = redactions.target AND events.room_key = redactions.room_key
    );

    -- Cited by accepted events before they were accepted themselves: they become no forward extremities.
    CREATE TABLE cited_ahead (
      room_key INTEGER NOT NULL REFERENCES rooms (room_key),
      event_id TEXT    NOT NULL,
      PRIMARY KEY (room_key, event_id)
    ) STRICT, WITHOUT ROWID;
  `,
};
