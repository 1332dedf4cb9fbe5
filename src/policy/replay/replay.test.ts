import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { JudgedPast } from '../../../tests/support/judged-past.ts';
import { SIGNER } from '../../../tests/support/policy-events.ts';
import { RoomBuilder, userAt } from '../../../tests/support/room-builder.ts';
import { createMemoryStorage } from '../../storage/storage.ts';
import type { UserId } from '../../protocol/ids/user-id.ts';
import { measureIn } from '../memory/recorded-measure.ts';
import { INSTANCE } from '../settings/scope.ts';
import type { RuleInput } from '../rules/rule-document.ts';
import { replay } from './replay.ts';
import { total } from './report.ts';
import { recordOf, type PlainFacts } from '../facts.ts';
import { plainFactsIn, recordedFacts } from './facts-from-record.ts';

const bob = userAt('bob', SIGNER.serverName);
const eve = userAt('eve', SIGNER.serverName);
const NO = { message: 'No.' };
const RULES = {
  spam: { when: { words: { words: ['spam'] } }, ...NO },
  flood: { when: { rate: { what: 'messages', more_than: 3, within: '1m' } }, ...NO },
  newcomers: { when: { newcomer: { fewer_messages_than: 2 } }, action: 'flag' as const },
  hush: { when: { words: { words: ['loud'] } }, mode: 'shadow' as const, ...NO },
};
const ASKS = { when: { remote: { endpoint: 'judge', labels: ['spam'] } }, mode: 'shadow' as const, ...NO };

interface Stage extends AsyncDisposable {
  readonly past: JudgedPast;
  readonly room: RoomBuilder;
  readonly say: (text: string, sender?: UserId) => Promise<string>;
}

async function stage(rules: Record<string, RuleInput> = RULES): Promise<Stage> {
  const room = new RoomBuilder('11', SIGNER, { joinRule: 'public' });
  for (const user of [bob, eve]) room.addMember(user, 'join');
  const past = await JudgedPast.open(createMemoryStorage(), [room], {
    communities: { cats: { name: 'Cats', rooms: [room.roomId], rules } },
  });
  return {
    ...{ past, room },
    say: async (text, sender = bob) => {
      const outcome = await past.judge(room.makeMessage(text, { sender, originServerTs: past.clock.now() }));
      await past.clock.advance(1_000);
      return outcome.type;
    },
    [Symbol.asyncDispose]: () => past[Symbol.asyncDispose](),
  };
}

const cats = { kind: 'community', id: 'cats' } as const;

describe('recorded facts', () => {
  it('are those that were recorded, whatever they were', () => {
    const facts: PlainFacts = {
      ...{ now: 5, senderPowerLevel: 50, senderIsModerator: true, senderMembership: 'join' },
      ...{ senderDisplayName: 'Bob', concernsBot: false, precedent: undefined },
    };
    const precedent = { action: 'refuse', reference: 'AAAA-AAAA-AA' } as const;
    const cases: readonly PlainFacts[] = [
      facts,
      { ...facts, senderPowerLevel: Infinity, senderDisplayName: undefined },
      { ...facts, senderPowerLevel: NaN, senderMembership: 'leave' },
      { ...facts, senderPowerLevel: -1, senderIsModerator: false, precedent },
      { ...facts, concernsBot: true },
    ];
    for (const one of cases) {
      const decidedBy = one.concernsBot ? 'bot_membership' : 'none';
      const stored = JSON.parse(JSON.stringify(recordOf(one, []))) as ReturnType<typeof recordOf>;
      assert.deepEqual(plainFactsIn({ facts: stored, decidedAt: 5, decidedBy }), one);
    }
  });

  it('answer what was asked then, failures too, and nothing else', () => {
    const failed = { question: 'remote', key: 'r', answer: { failed: 'late' } } as const;
    const facts = recordOf(plainFactsIn({ facts: {}, decidedAt: 0, decidedBy: 'none' }), [
      { question: 'count', key: 'c', answer: 7 },
      { question: 'list', key: 'l', answer: null },
      failed,
    ]);
    const recorded = recordedFacts({ facts, decidedAt: 0, decidedBy: 'none' });
    const endpoint = { endpoint: 'judge', options: {} };
    assert.deepEqual(recorded.ask('remote', { key: 'r', ...endpoint }), { state: 'failed', detail: 'late' });
    assert.equal(recorded.ask('remote', { key: 's', ...endpoint }).state, 'failed');
    const list = { trust: 'enforce', lists: undefined, kinds: undefined } as const;
    assert.deepEqual(recorded.ask('list', { key: 'l', ...list }), { state: 'known', value: null });
  });
});

describe('a replay', () => {
  it('of the rules of their time gives every verdict again, byte for byte', async () => {
    await using staged = await stage();
    const { past, room, say } = staged;
    for (const text of ['hello', 'so loud', 'spam here', 'four', 'five', 'six', 'seven']) await say(text);
    await say('spam of a moderator', room.creator);
    await past.judge(
      room.make({ type: 'm.room.member', stateKey: eve, sender: eve, content: { membership: 'leave' } }),
    );
    const old = room.makeMessage('spam from before', { sender: eve });
    past.history.add(room.parse(old).eventId);
    await past.judge(old);
    // Other rules are in force from now on: the verdicts name those of their time.
    await past.settings.save(INSTANCE, { rules: { late: { when: { words: { words: ['hello'] } }, ...NO } } }, CHANGE);
    await say('hello again', eve);
    await past.settled();
    const report = await replay(past.storage.replayLog, past.order());
    assert.deepEqual(past.failures, []);
    assert.deepEqual([report.verdicts, report.same, report.history], [11, 10, 1]);
    assert.deepEqual([report.contentGone, report.settingsGone, report.undecided, report.unknown], [0, 0, 0, {}]);
    assert.deepEqual(report.examples, []);
  });

  it('says where the stored verdict is another', async () => {
    await using staged = await stage();
    const { past, say } = staged;
    await say('hello');
    const [logged] = await past.storage.verdicts.log(0, 1);
    assert.ok(logged !== undefined);
    const { eventId } = staged.room.parse(staged.room.makeMessage('other', { sender: bob }));
    const changed = { ...logged.verdict, eventId, reference: 'AAAA-AAAA-AA', decidedBy: 'spam' };
    await past.storage.verdicts.add(changed, await past.storage.judgedEvents.find(logged.verdict.eventId));
    await past.settled();
    const report = await replay(past.storage.replayLog, past.order());
    assert.deepEqual([report.same, total(report.changes.different)], [1, 1]);
    assert.equal(report.examples[0]?.reference, 'AAAA-AAAA-AA');
  });

  it('of a draft tells who would be refused, allowed and flagged, by which rule', async () => {
    await using staged = await stage();
    const { past, room, say } = staged;
    await say('hello there', eve);
    await past.clock.advance(8 * 86_400_000);
    const since = past.clock.now();
    assert.equal(await say('a tulip'), 'signed');
    assert.equal(await say('a tulip', eve), 'signed');
    assert.equal(await say('a tulip', room.creator), 'signed');
    assert.equal(await say('spam'), 'refused');
    await past.settled();
    const document = {
      rules: {
        flowers: { when: { words: { words: ['tulip'] } }, exempt: { moderators: false }, ...NO },
        spam: { mode: 'off' as const },
        chatty: { when: { rate: { what: 'messages', more_than: 1, within: '1m' } }, action: 'flag' as const },
      },
    };
    const report = await replay(past.storage.replayLog, past.order({ scope: cats, document, how: 'add' }, since));
    assert.deepEqual(report.changes.refused, { moderator: 1, regular: 1, newcomer: 1 });
    assert.deepEqual(report.changes.allowed, { moderator: 0, regular: 0, newcomer: 1 });
    assert.deepEqual(
      report.examples.filter(({ change }) => change === 'refused').map(({ who, sender }) => [who, sender]),
      [
        ['moderator', room.creator],
        ['regular', eve],
        ['newcomer', bob],
      ],
    );
    assert.deepEqual([report.verdicts, report.unknown], [4, {}]);
  });

  it('counts by itself what no rule asked then, as the rules that counted it did', async () => {
    await using staged = await stage();
    const { past, say } = staged;
    const outcomes: string[] = [];
    for (let n = 0; n < 8; n += 1) outcomes.push(await say(`message ${String(n)}`));
    await past.settled();
    assert.ok(outcomes.includes('refused'));
    // The same rate under another key: nothing of it is recorded, and it must come to the same.
    const document = {
      rules: {
        flood: { mode: 'off' as const },
        again: { when: { rate: { what: 'messages', more_than: 3, within: '61s' } }, ...NO },
      },
    };
    const report = await replay(past.storage.replayLog, past.order({ scope: cats, document, how: 'add' }));
    const refused = outcomes.filter((outcome) => outcome === 'refused').length;
    assert.deepEqual([total(report.changes.refused), total(report.changes.allowed)], [0, 0]);
    assert.equal(total(report.changes.otherRule), refused);
  });

  it('does not ask other programs, and says that it does not know', async () => {
    await using staged = await stage();
    const { past, say } = staged;
    await say('hello');
    await past.settled();
    const document = { rules: { asks: ASKS } };
    const report = await replay(past.storage.replayLog, past.order({ scope: cats, document, how: 'add' }));
    assert.deepEqual(report.unknown, { remote: 1 });
    assert.equal(report.same, 1);
  });

  it('names the members of that time, whoever they are now', async () => {
    const names = { display_names: true, shortest_display_name: 3 };
    await using staged = await stage({
      calls: { when: { mentions: { more_than: 0, ...names } }, action: 'flag' },
      often: { when: { rate: { what: 'mentions', more_than: 1, within: '1h', ...names } }, ...NO },
    });
    const { past, room, say } = staged;
    const named = (displayname: string): void => {
      room.addMember(eve, 'join', { content: { membership: 'join', displayname } });
    };
    named('Eve Moneypenny');
    const texts = ['eve moneypenny', 'Q', 'dear Eve Moneypenny', 'Eve Moneypenny!'];
    const outcomes: string[] = [];
    for (const text of texts) outcomes.push(await say(text));
    named('Somebody');
    outcomes.push(await say('Eve Moneypenny?'));
    assert.deepEqual(outcomes, ['signed', 'signed', 'refused', 'refused', 'signed']);
    await past.settled();
    const logged = await past.storage.verdicts.log(0, 10);
    assert.deepEqual(
      logged.map(({ verdict }) => measureIn(verdict).named),
      [1, undefined, 1, 1, undefined],
    );
    const report = await replay(past.storage.replayLog, past.order());
    assert.deepEqual(past.failures, []);
    assert.deepEqual([report.verdicts, report.same, report.unknown], [5, 5, {}]);
    // A rule of another kind that asks for the same names is answered as then; other names nobody knows any more.
    const draft = (shortest: number): Parameters<typeof past.order>[0] => {
      const mentions = { more_than: 0, display_names: true, shortest_display_name: shortest };
      return { scope: cats, document: { rules: { none: { when: { mentions }, order: 1, ...NO } } }, how: 'add' };
    };
    const refusing = await replay(past.storage.replayLog, past.order(draft(3)));
    assert.deepEqual([total(refusing.changes.refused), refusing.unknown], [1, {}]);
    const unknown = await replay(past.storage.replayLog, past.order(draft(4)));
    assert.deepEqual([total(unknown.changes.refused), unknown.unknown], [0, { names: 5 }]);
  });

  it('counts events that are kept no more, and can be stopped', async () => {
    await using staged = await stage();
    const { past, say } = staged;
    await say('hello');
    const [kept] = await past.storage.content.keptBefore(Infinity, 10);
    assert.ok(kept !== undefined);
    const { eventId, evidence, flags, shadow, facts } = kept.verdict;
    await past.storage.content.forget([{ position: kept.position, eventId, evidence, flags, shadow, facts }]);
    await past.settled();
    const report = await replay(past.storage.replayLog, past.order());
    assert.deepEqual([report.verdicts, report.judged, report.contentGone], [1, 0, 1]);
    await assert.rejects(replay(past.storage.replayLog, past.order(), { signal: AbortSignal.abort() }));
  });
});

const CHANGE = { author: 'maria', note: '' };
