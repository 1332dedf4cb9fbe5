import type { Migration } from './migration.ts';

export const answerForms: Migration = {
  version: 6,
  name: 'answer forms',
  sql: `
    -- Which questions were asked about an event: the same few lists of them, again and again.
    CREATE TABLE answer_forms (
      answer_form INTEGER PRIMARY KEY,
      questions   TEXT NOT NULL UNIQUE   -- a line each
    ) STRICT;

    ALTER TABLE verdicts ADD COLUMN answer_form INTEGER REFERENCES answer_forms (answer_form);
    -- Answers in the order of the form's questions, as JSON; NULL where nothing was asked, or where facts have them.
    ALTER TABLE verdicts ADD COLUMN answers TEXT;
  `,
};
