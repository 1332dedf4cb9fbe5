import { firstTables } from './0001-first-tables.ts';
import { eventGraph } from './0002-event-graph.ts';
import { keyDocuments } from './0003-key-documents.ts';
import { eventsAhead } from './0004-events-ahead.ts';
import type { Migration } from './migration.ts';

/** Every migration, oldest first. They go forward only. */
export const migrations: readonly Migration[] = [firstTables, eventGraph, keyDocuments, eventsAhead];
