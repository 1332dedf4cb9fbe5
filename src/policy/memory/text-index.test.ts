import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseRoomId } from '../../protocol/ids/room-id.ts';
import { fuzzyHash, likeness } from './fuzzy-hash.ts';
import { TextIndex } from './text-index.ts';

const roomId = parseRoomId('!a:home.test');
assert.ok(roomId !== undefined);
const room = roomId;

/** Sixty words that only this number has. */
function textOf(n: number): string {
  return Array.from({ length: 60 }, (_, i) => ((n * 60 + i) * 7_919_317).toString(36)).join(' ');
}

function indexOf(count: number, capacity: number): TextIndex {
  const index = new TextIndex(capacity);
  for (let n = 0; n < count; n += 1) index.add(fuzzyHash(textOf(n)), { sender: `@${String(n)}`, roomId: room, at: n });
  return index;
}

describe('the index of texts', () => {
  it('finds what is the same, and what is nearly the same', () => {
    const index = indexOf(500, 1024);
    const edited = textOf(7).split(' ').toSpliced(20, 3, 'some', 'other', 'words').join(' ');
    assert.deepEqual(
      index.find(fuzzyHash(textOf(7)), 100).map(({ at }) => at),
      [7],
    );
    const [found, ...more] = index.find(fuzzyHash(edited), 80);
    assert.deepEqual([found?.at, more.length], [7, 0]);
    assert.deepEqual(index.find(fuzzyHash(textOf(1000)), 60), []);
  });

  for (const [asked, leastShare] of [
    [85, 0.98],
    [70, 0.85],
  ] as const) {
    it(`finds nearly all that are at least ${String(asked)} alike`, () => {
      const index = indexOf(500, 512);
      let [alike, found] = [0, 0];
      for (let n = 0; n < 500; n += 1) {
        const words = textOf(n).split(' ');
        const edited = words.map((word, at) => ((at * 7 + n) % 60 < n % 30 ? `other${String(at)}` : word)).join(' ');
        if (likeness(fuzzyHash(edited), fuzzyHash(textOf(n))) < asked) continue;
        alike += 1;
        if (index.find(fuzzyHash(edited), asked).some(({ at }) => at === n)) found += 1;
      }
      assert.ok(alike > 60, `${String(alike)} alike`);
      assert.ok(found >= alike * leastShare, `${String(found)} of ${String(alike)}`);
    });
  }

  it('forgets the oldest, and never finds one in the place of another', () => {
    const index = indexOf(5_000, 256);
    assert.equal(index.size, 256);
    for (let n = 4_500; n < 5_000; n += 1) {
      const found = index.find(fuzzyHash(textOf(n)), 100).map(({ at }) => at);
      assert.deepEqual(found, n < 5_000 - 256 ? [] : [n]);
    }
  });

  it('looks at so many at the most, however many there are', () => {
    const index = new TextIndex(4096);
    for (let n = 0; n < 4_000; n += 1) {
      index.add(fuzzyHash('the same'), { sender: `@${String(n)}`, roomId: room, at: n });
    }
    const found = index.find(fuzzyHash('the same'), 80);
    assert.equal(found.length, 128);
    assert.equal(Math.min(...found.map(({ at }) => at)), 4_000 - 128);
  });

  it('takes no notice of what is no hash', () => {
    const index = indexOf(1, 16);
    index.add('short', { sender: '@x', roomId: room, at: 0 });
    assert.equal(index.size, 1);
    assert.deepEqual(index.find('', 0), []);
  });
});
