import type { Migration } from './migration.ts';

export const rules: Migration = {
  version: 4,
  name: 'rules',
  sql: `
    ALTER TABLE verdicts ADD COLUMN flags TEXT;   -- JSON, NULL where there are none
    ALTER TABLE verdicts ADD COLUMN shadow TEXT;  -- JSON, NULL where there are none
  `,
};
