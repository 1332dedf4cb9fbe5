import * as z from 'zod';
import type { Pdu } from '../../protocol/events.ts';
import type { ServerName } from '../../protocol/ids/server-name.ts';
import { parseUserId, serverNameOf } from '../../protocol/ids/user-id.ts';
import { senderServer } from '../facts.ts';
import { defineFilter, matchOf, NO_MATCH, PENDING } from './filter.ts';

const settings = z.strictObject({});

export const openRegistration = defineFilter({
  name: 'open_registration',
  summary:
    'Events about people whose server gives an account to anybody, without e-mail, captcha or token: of joins and invites the server of who joins or is invited, else that of the sender. The server is asked, and while it gives no answer nothing matches.',
  settings,
  needs: ['remote_services'],
  readsContent: false,
  onFailure: 'skip',
  example: {
    settings: {},
    matches: {
      type: 'm.room.member',
      stateKey: '@mallory:open.example',
      sender: '@mallory:open.example',
      membership: 'leave',
      content: { membership: 'join' },
      answers: { registration: { isOpen: true, address: 'https://matrix.open.example' } },
    },
    ignores: {
      type: 'm.room.member',
      stateKey: '@alice:home.test',
      membership: 'leave',
      content: { membership: 'join' },
      answers: { registration: { isOpen: false, address: 'https://home.test' } },
    },
  },
  compile: () => {
    return ({ pdu }, facts) => {
      const { server, path } = subjectOf(pdu);
      const asked = facts.ask('registration', { key: server });
      if (asked.state === 'pending') return PENDING;
      if (asked.state === 'failed') return { matched: 'failed', detail: asked.detail };
      const { isOpen, address } = asked.value;
      if (!isOpen) return NO_MATCH;
      return matchOf({ path, note: `anybody can register at ${address}, with nothing but a dummy stage` });
    };
  },
});

function subjectOf(pdu: Pdu): { readonly server: ServerName; readonly path: string } {
  const member = pdu.type === 'm.room.member' && pdu.stateKey !== undefined ? parseUserId(pdu.stateKey) : undefined;
  if (member === undefined) return { server: senderServer(pdu), path: 'sender' };
  return { server: serverNameOf(member), path: 'state_key' };
}
