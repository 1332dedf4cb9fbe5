import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseRoomId, type RoomId } from '../../protocol/ids/room-id.ts';
import { MemoryActionLogStore } from '../../storage/memory/action-log.ts';
import { MemorySettingsStore } from '../../storage/memory/settings.ts';
import { openTestSettings } from '../../../tests/support/settings-fakes.ts';
import { INSTANCE, parseScope, type Scope } from './scope.ts';
import type { ChangeOutcome, SettingsDirectory } from './settings-directory.ts';

const ANN = { author: 'ann', note: '' };
const ROOM = roomId('!a:b.example');
const OTHER = roomId('!other:b.example');
const SPACE = roomId('!space:b.example');

function roomId(text: string): RoomId {
  const parsed = parseRoomId(text);
  assert.ok(parsed);
  return parsed;
}

function scopeOf(text: string): Scope {
  const scope = parseScope(text);
  assert.ok(scope, text);
  return scope;
}

function refusing(...list: string[]): object {
  return { when: { words: { words: list } } };
}

function rulesIn(settings: SettingsDirectory, room: RoomId): string[] {
  return settings.policyOf(room).policy.rules.map(({ name, mode }) => (mode === 'on' ? name : `${name} (${mode})`));
}

function errorsOf(outcome: ChangeOutcome): readonly string[] {
  assert.ok(!outcome.ok && outcome.reason.type === 'invalid', JSON.stringify(outcome));
  return outcome.reason.errors.map(({ path, message }) => `${path}: ${message}`);
}

async function saved(settings: SettingsDirectory, scope: string, document: unknown): Promise<number> {
  const outcome = await settings.save(scopeOf(scope), document, ANN);
  assert.ok(outcome.ok, JSON.stringify(outcome));
  return outcome.revision;
}

describe('the settings directory', () => {
  it('takes a change into force with the next question, nearest layer last', async () => {
    const { settings, spaces } = await openTestSettings();
    const builtIn = rulesIn(settings, ROOM);
    assert.equal(settings.policyOf(ROOM).community, undefined);
    assert.equal(await saved(settings, 'instance', { rules: { one: refusing('one') } }), 1);
    assert.deepEqual(rulesIn(settings, ROOM), [...builtIn, 'one']);
    const cats = { name: 'Cats', rooms: [ROOM, OTHER], spaces: [SPACE], rules: { two: refusing('two') } };
    assert.ok((await settings.create('cats', cats, ANN)).ok);
    assert.deepEqual([settings.policyOf(ROOM).community, spaces.loaded], ['cats', [SPACE]]);
    await saved(settings, `space/${SPACE}`, { rules: { one: { mode: 'off' } } });
    await saved(settings, `room/${ROOM}`, { rules: { two: { mode: 'shadow' } } });
    assert.deepEqual(rulesIn(settings, ROOM), [...builtIn, 'one', 'two (shadow)']);
    spaces.set(SPACE, [ROOM]);
    assert.deepEqual(rulesIn(settings, ROOM), [...builtIn, 'two (shadow)']);
    assert.deepEqual(rulesIn(settings, OTHER), [...builtIn, 'one', 'two']);
    const { settings: effective } = settings.effectiveAt(scopeOf(`room/${ROOM}`));
    assert.equal(effective.origins.get('rules.one.mode'), `space/${SPACE}`);
  });

  it('compiles nothing again that has not changed', async () => {
    const { settings } = await openTestSettings();
    const before = settings.policyOf(ROOM).policy;
    await saved(settings, `room/${OTHER}`, { rules: { one: refusing('one') } });
    assert.equal(settings.policyOf(ROOM).policy, before);
    assert.notEqual(settings.policyOf(OTHER).policy.fingerprint, before.fingerprint);
  });

  it('saves nothing that is wrong, and says every mistake with what was meant', async () => {
    const { settings } = await openTestSettings();
    await settings.create('cats', { name: 'Cats', rooms: [ROOM], rules: { shared: refusing('a') } }, ANN);
    const wrong = { preset: 'publik', rules: { a: { mode: 'of', when: {} } }, wordlists: {} };
    assert.deepEqual(errorsOf(await settings.save(INSTANCE, wrong, ANN)), [
      'preset: expected "public" or "support" or "announcements" or "lockdown" or "none", found "publik"; did you mean "public"?',
      'rules.a.mode: expected "on" or "shadow" or "off", found "of"; did you mean "off"?',
      'wordlists: no such key; did you mean "word_lists"?',
      'rules.a.when: expected one of all, any, not, score, or one check with its settings',
    ]);
    const nested = {
      rules: { b: { when: { all: [{ wrods: {} }, { words: { words: ['x'], word: [] } }] } }, shred: { order: 3 } },
    };
    assert.deepEqual(errorsOf(await settings.save(scopeOf(`room/${ROOM}`), nested, ANN)), [
      'rules.shred: has no condition (`when`), and there is no rule of this name to change; did you mean "shared"?',
      'rules.b.when.all[0].wrods: no such check; did you mean "words"?',
      'rules.b.when.all[1].words.word: no such key; did you mean "words"?',
    ]);
    const nameless = { rules: { shared: refusing('b') } };
    assert.deepEqual(settings.check(scopeOf('community/cats'), nameless), []);
    assert.ok((await settings.save(scopeOf('community/cats'), nameless, ANN)).ok);
    assert.deepEqual(settings.communities().get('cats')?.rooms, [ROOM]);
    const taken = { name: 'Dogs', rooms: [OTHER, ROOM] };
    assert.deepEqual(errorsOf(await settings.create('dogs', taken, ANN)), [
      `rooms[1]: ${ROOM} belongs to the community "cats" already: remove it there first`,
    ]);
    const allAtOnce = { nam: 'Dogs', rooms: [7, ROOM], preset: 'public', rules: { shred: { order: 3 }, flood: {} } };
    assert.deepEqual(errorsOf(await settings.create('dogs', allAtOnce, ANN)), [
      'name: is missing: expected text',
      'rooms[0]: expected text, found 7',
      'nam: no such key; did you mean "name"?',
      `rooms[1]: ${ROOM} belongs to the community "cats" already: remove it there first`,
      'rules.shred: has no condition (`when`), and there is no rule of this name to change',
    ]);
    assert.match(
      errorsOf(await settings.save(scopeOf(`space/${SPACE}`), {}, ANN)).join(),
      /no community lists the space/,
    );
    const halves = { exempt: { users: ['a', '\ud800'] }, word_lists: { x: ['\udc00'] } };
    assert.deepEqual(errorsOf(await settings.save(INSTANCE, halves, ANN)), [
      'exempt.users[1]: cannot be stored: half a character',
      'word_lists.x[0]: cannot be stored: half a character',
    ]);
    let deep: unknown = {};
    for (let level = 0; level < 20_000; level += 1) deep = { not: deep };
    assert.match(errorsOf(await settings.save(INSTANCE, { rules: { deep: { when: deep } } }, ANN)).join(), /16 deep/);
    const hidden: unknown = JSON.parse('{"rules": {"__proto__": {"when": {"links": {}}}}}');
    assert.deepEqual(errorsOf(await settings.save(INSTANCE, hidden, ANN)), ['rules.__proto__: cannot be a name here']);
    assert.equal(settings.at(INSTANCE)?.revision, 0);
    assert.deepEqual(settings.check(INSTANCE, { preset: 'public' }), []);
  });

  it('says what a change would break elsewhere', async () => {
    const { settings } = await openTestSettings();
    const listed = { when: { words: { lists: ['bad'] } } };
    await settings.create('cats', { name: 'Cats', rooms: [ROOM], word_lists: { bad: ['x'] } }, ANN);
    await saved(settings, `room/${ROOM}`, { rules: { listed } });
    const [error = ''] = errorsOf(await settings.save(scopeOf('community/cats'), { name: 'Cats', rooms: [ROOM] }, ANN));
    assert.match(error, new RegExp(`in room/${ROOM}, rules.listed.when`));
    assert.match(errorsOf(await settings.remove('cats', ANN)).join(), /rules.listed.when/);
  });

  it('numbers changes, compares them and puts former ones back', async () => {
    const { settings, clock } = await openTestSettings();
    await saved(settings, 'instance', { rules: { one: refusing('one') } });
    assert.equal(await saved(settings, 'instance', { rules: { one: refusing('one') } }), 1, 'nothing changed');
    const outcome = await settings.save(INSTANCE, { preset: 'public' }, { author: 'ben', note: 'calm', basedOn: 1 });
    assert.ok(outcome.ok);
    assert.deepEqual(
      outcome.changes.map(({ path }) => path),
      ['rules.one.when.words.words', 'preset'],
    );
    const back = await settings.rollback(INSTANCE, 1, ANN);
    assert.ok(back.ok && back.revision === 3);
    const history = await settings.history(INSTANCE, 10);
    assert.deepEqual(
      history.map(({ revision, author, note }) => [revision, author, note]),
      [
        [3, 'ann', 'back to revision 1'],
        [2, 'ben', 'calm'],
        [1, 'ann', ''],
      ],
    );
    assert.equal(history[0]?.at, clock.now());
    assert.deepEqual(await settings.compare(INSTANCE, 1, 3), []);
    assert.equal((await settings.compare(INSTANCE, 0, 2))?.length, 1);
    assert.equal(await settings.compare(INSTANCE, 1, 9), undefined);
  });

  it('lets nobody overwrite what they have not seen', async () => {
    const { settings } = await openTestSettings();
    const change = { ...ANN, basedOn: 0 };
    const both = await Promise.all([
      settings.save(INSTANCE, { preset: 'public' }, change),
      settings.save(INSTANCE, { preset: 'support' }, change),
    ]);
    assert.ok(both[0].ok);
    assert.deepEqual(both[1], { ok: false, reason: { type: 'conflict', revision: 1 } });
  });

  it('tells what a change would do without doing it', async () => {
    const { settings } = await openTestSettings();
    const outcome = await settings.save(INSTANCE, { preset: 'public' }, { ...ANN, dryRun: true });
    assert.deepEqual(outcome, { ok: true, revision: 0, changes: [{ path: 'preset', new: 'public' }] });
    assert.equal(settings.at(INSTANCE)?.revision, 0);
  });

  it('deletes communities, and brings them back', async () => {
    const { settings } = await openTestSettings();
    await settings.create('cats', { name: 'Cats', rooms: [ROOM] }, ANN);
    assert.deepEqual(await settings.create('cats', { name: 'Cats' }, ANN), { ok: false, reason: { type: 'exists' } });
    assert.ok((await settings.remove('cats', ANN)).ok);
    assert.equal(settings.policyOf(ROOM).community, undefined);
    assert.deepEqual(await settings.save(scopeOf('community/cats'), {}, ANN), {
      ok: false,
      reason: { type: 'unknown' },
    });
    const back = await settings.rollback(scopeOf('community/cats'), 1, ANN);
    assert.ok(back.ok && back.revision === 3);
    assert.equal(settings.policyOf(ROOM).community, 'cats');
  });

  it('lets moderators give rooms away, not take them', async () => {
    const { settings } = await openTestSettings();
    await settings.create('cats', { name: 'Cats', rooms: [ROOM] }, ANN);
    const change = { ...ANN, mayClaimRooms: false };
    const scope = scopeOf('community/cats');
    const taking = await settings.save(scope, { name: 'Cats', rooms: [ROOM, OTHER] }, change);
    assert.deepEqual(taking, { ok: false, reason: { type: 'claim', rooms: [OTHER] } });
    assert.ok((await settings.save(scope, { name: 'Cats', rooms: [] }, change)).ok);
    assert.deepEqual(await settings.rollback(scope, 1, change), {
      ok: false,
      reason: { type: 'claim', rooms: [ROOM] },
    });
  });

  it('leaves alone what the configuration file declares', async () => {
    const dogs = {
      ...{ name: 'Dogs', rooms: [ROOM], spaces: [SPACE], rules: { one: refusing('one') } },
      room_settings: { [ROOM]: { rules: { one: { mode: 'shadow' as const } } } },
    };
    const { settings } = await openTestSettings({ communities: { dogs }, policy: { rules: { far: refusing('far') } } });
    assert.deepEqual(rulesIn(settings, ROOM).slice(-2), ['far', 'one (shadow)']);
    const refusal = { ok: false, reason: { type: 'readOnly', community: 'dogs' } };
    for (const scope of ['community/dogs', `room/${ROOM}`, `space/${SPACE}`]) {
      assert.deepEqual(await settings.save(scopeOf(scope), {}, ANN), refusal, scope);
      assert.equal(settings.at(scopeOf(scope))?.isReadOnly, true);
    }
    assert.deepEqual(await settings.remove('dogs', ANN), refusal);
    assert.equal('room_settings' in (settings.at(scopeOf('community/dogs'))?.document ?? {}), false);
    await saved(settings, 'instance', { rules: { far: { mode: 'off' } } });
    assert.deepEqual(rulesIn(settings, ROOM).slice(-1), ['one (shadow)']);
  });

  it('knows everything again after a restart, and the settings that verdicts name', async () => {
    const store = new MemorySettingsStore();
    const first = await openTestSettings({}, store);
    await first.settings.create('cats', { name: 'Cats', rooms: [ROOM], preset: 'support' }, ANN);
    const { fingerprint } = first.settings.policyOf(ROOM).policy;
    await first.settings.settled();
    const second = await openTestSettings({}, store);
    assert.equal(second.settings.policyOf(ROOM).policy.fingerprint, fingerprint);
    assert.match((await second.settings.configuration(fingerprint)) ?? '', /"mass-mentions":/);
  });

  it('changes nothing where the log of actions takes no entry, and holds what is stored whatever a space says', async () => {
    const actions = new MemoryActionLogStore();
    let isFull = true;
    const failures: unknown[] = [];
    const { settings, spaces } = await openTestSettings({}, new MemorySettingsStore(actions), {
      actionFor: ({ scope, author, note, at, community, changes }) => {
        if (isFull) throw new Error('the disk is full');
        return { at, actor: author, community, action: 'settings.change', target: scope, note, details: { changes } };
      },
      onFailure: (error) => failures.push(error),
    });
    const change = { name: 'Cats', rooms: [ROOM], spaces: ['!space:a.test'], rules: { loud: refusing('loud') } };
    await assert.rejects(settings.create('cats', change, ANN), /the disk is full/);
    assert.deepEqual(
      [settings.at(scopeOf('community/cats')), rulesIn(settings, ROOM).includes('loud')],
      [undefined, false],
    );
    isFull = false;
    spaces.load = () => Promise.reject(new Error('no such space'));
    assert.deepEqual((await settings.create('cats', change, ANN)).ok, true);
    assert.deepEqual([rulesIn(settings, ROOM).includes('loud'), failures.length], [true, 1]);
    const [entry] = await actions.list({ community: 'cats', before: undefined, limit: 1 });
    assert.deepEqual(
      [entry?.action, entry?.target, entry?.details['changes']],
      ['settings.change', 'community/cats', 4],
    );
  });

  it('goes on without stored rules that it does not understand any more', async () => {
    const store = new MemorySettingsStore();
    const document = JSON.stringify({
      rules: { old: { when: { gone_check: {} } }, odd: { colour: 1 }, good: refusing('x') },
      unheard: true,
    });
    await store.append({ scope: 'instance', revision: 1, document, author: 'ann', note: '', at: 1 });
    const { settings, problems } = await openTestSettings({}, store);
    const names = rulesIn(settings, ROOM);
    assert.ok(names.includes('good') && !names.includes('old') && !names.includes('odd'), names.join());
    const text = problems.map(({ path, message }) => `${path} ${message}`).join('\n');
    for (const part of ['unheard', 'colour', 'gone_check']) assert.ok(text.includes(part), text);
  });
});
