import type { Migration } from './migration.ts';

export const keyDocuments: Migration = {
  version: 3,
  name: 'key documents',
  sql: `
    CREATE TABLE server_key_documents (
      server_name TEXT PRIMARY KEY,
      document    TEXT NOT NULL        -- canonical JSON, as its server signed it
    ) STRICT, WITHOUT ROWID;
  `,
};
