import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { compileGlob } from '../../protocol/glob.ts';
import { compileGlobList, compileServerGlobs } from './glob-list.ts';

describe('compileGlobList', () => {
  it('gives the entry as it was written', () => {
    const find = compileGlobList(['Exact', 'wild*'], { ignoreCase: true });
    assert.deepEqual(['exact', 'WILDER', 'other'].map(find), ['Exact', 'wild*', undefined]);
  });

  it('minds case where it is told to', () => {
    const find = compileGlobList(['Exact', 'wild*'], { ignoreCase: false });
    assert.deepEqual(['exact', 'WILDER', 'Exact', 'wilder'].map(find), [undefined, undefined, 'Exact', 'wild*']);
  });

  it('finds something exactly where one of the globs does', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'B', '*', '?', 'ä'), maxLength: 6 });
    fc.assert(
      fc.property(fc.array(text, { maxLength: 5 }), text, fc.boolean(), (globs, subject, ignoreCase) => {
        const matching = globs.filter((glob) => compileGlob(glob, { ignoreCase })(subject));
        const found = compileGlobList(globs, { ignoreCase })(subject);
        assert.ok(found === undefined ? matching.length === 0 : matching.includes(found));
      }),
    );
  });
});

describe('compileServerGlobs', () => {
  it('minds neither case nor a port that is not asked for', () => {
    const find = compileServerGlobs(['Home.test', '*.org:8448', '[::1]']);
    const names = ['home.TEST', 'home.test:443', 'a.org:8448', 'a.org', 'a.org:443', '[::1]:8448', 'xhome.test'];
    assert.deepEqual(names.map(find), [
      ...['Home.test', 'Home.test', '*.org:8448', undefined, undefined],
      ...['[::1]', undefined],
    ]);
  });
});
