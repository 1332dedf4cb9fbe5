import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseEventId } from '../protocol/ids/event-id.ts';
import { parseReference, referenceOf } from './reference.ts';

const eventId = parseEventId('$abc')!;

describe('references', () => {
  it('are the same for the same event, and read back', () => {
    const reference = referenceOf(eventId);
    assert.match(reference, /^[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{2}$/);
    assert.equal(referenceOf(eventId), reference);
    assert.equal(parseReference(reference), reference);
  });

  it('differ between events', () => {
    const all = Array.from({ length: 5_000 }, (_, i) => referenceOf(parseEventId(`$${String(i)}`)!));
    assert.equal(new Set(all).size, all.length);
  });

  it('are read as people write them', () => {
    for (const text of ['0123-4567-89', '0123456789', ' o123 4567-89 ', 'O12345678 9', 'oi234567-89', 'ol23-4567-89']) {
      assert.equal(parseReference(text), '0123-4567-89', text);
    }
    for (const text of ['', '0123-4567-8', '0123-4567-890', '0123-4567-8U', '$event', '0123-4567-8é']) {
      assert.equal(parseReference(text), undefined, text);
    }
  });
});
