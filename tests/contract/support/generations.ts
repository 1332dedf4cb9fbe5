import type { Pdu } from '../../../src/protocol/events.ts';
import { own, ownObject, type JsonObject } from '../../../src/protocol/json.ts';
import { stateEvent } from './samples.ts';

/** A room state of several chunks, every event of which says which generation it is of. */
export function stateOfGeneration(generation: number): readonly Pdu[] {
  return Array.from({ length: 450 + (generation % 7) }, (_, i) =>
    stateEvent('org.example.entry', String(i), `"generation":${generation}`),
  );
}

export function generationOf(raw: JsonObject): number {
  return Number(own(ownObject(raw, 'content') ?? {}, 'generation'));
}
