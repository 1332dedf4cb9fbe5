import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SIGNER } from '../../../tests/support/policy-events.ts';
import { PolicyStage } from '../../../tests/support/policy-fakes.ts';
import { RoomBuilder } from '../../../tests/support/room-builder.ts';
import type { Pdu } from '../../protocol/events.ts';
import type { JsonObject } from '../../protocol/json.ts';
import { EventReading } from '../reading/event-reading.ts';
import { redactionTargets } from './redaction-target.ts';

/** A room in which one message is known. */
function stageOf(version: string): { room: RoomBuilder; message: Pdu; ask: (pdu: Pdu) => Promise<unknown> } {
  const room = new RoomBuilder(version, SIGNER);
  const message = room.addMessage('hello');
  const source = redactionTargets({
    senderOf: async (roomId, eventId) =>
      roomId === room.roomId && eventId === message.eventId ? message.sender : undefined,
  });
  const subject = { room: new PolicyStage(room).facts(), community: undefined, now: 0 };
  const ask = async (pdu: Pdu): Promise<unknown> =>
    await source({ key: 'target' }, { ...subject, event: new EventReading(pdu) });
  return { room, message, ask };
}

const redaction = (room: RoomBuilder, content: JsonObject, fields: JsonObject = {}): Pdu =>
  room.parse(room.make({ type: 'm.room.redaction', content, change: (event) => ({ ...event, ...fields }) }));

describe('redactionTargets', () => {
  for (const [version, redacts] of [
    ['10', (target: string) => [{}, { redacts: target }] as const],
    ['11', (target: string) => [{ redacts: target }, {}] as const],
  ] as const) {
    it(`finds the sender in version ${version}, where it says what is redacted`, async () => {
      const { room, message, ask } = stageOf(version);
      const [content, fields] = redacts(message.eventId);
      assert.deepEqual(await ask(redaction(room, content, fields)), { state: 'known', value: message.sender });
      // The other place of the two means nothing.
      assert.deepEqual(await ask(redaction(room, fields, content)), { state: 'known', value: null });
    });
  }

  it('is null for events that are not known, for nonsense, and for what is no redaction', async () => {
    const { room, message, ask } = stageOf('11');
    for (const content of [{ redacts: '$other' }, { redacts: 'other' }, { redacts: 5 }, {}]) {
      assert.deepEqual(await ask(redaction(room, content)), { state: 'known', value: null });
    }
    const other = room.parse(room.make({ type: 'm.room.message', content: { redacts: message.eventId } }));
    assert.deepEqual(await ask(other), { state: 'known', value: null });
  });
});
