import { firstTables } from './0001-first-tables.ts';
import { eventGraph } from './0002-event-graph.ts';
import { keyDocuments } from './0003-key-documents.ts';
import { rules } from './0004-rules.ts';
import { eventsAhead } from './0005-events-ahead.ts';
import { answerForms } from './0006-answer-forms.ts';
import type { Migration } from './migration.ts';

/** Every migration, oldest first. They go forward only. */
export const migrations: readonly Migration[] = [
  firstTables,
  eventGraph,
  keyDocuments,
  rules,
  eventsAhead,
  answerForms,
];
