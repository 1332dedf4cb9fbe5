import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { checkOf, judge, messageOf } from '../../../tests/support/policy-events.ts';
import { fileName } from './file-name.ts';

const disguised = { disguised: true };
const rows: readonly (readonly [object, string, string | undefined])[] = [
  [{ names: ['*invoice*'] }, 'My-INVOICE.pdf', 'listed as "*invoice*"'],
  [{ names: ['*invoice*'] }, 'іnvo\u200biсe.pdf', 'listed as "*invoice*"'],
  [{ names: ['*invoice*'] }, 'a.pdf', undefined],
  [{ extensions: ['.EXE'] }, 'a.exe', 'ends in .exe'],
  [{ extensions: ['exe'] }, 'a.Exe ', 'ends in .exe'],
  [{ extensions: ['exe'] }, 'exe', undefined],
  [{ extensions: ['exe'] }, 'a.exe.txt', undefined],
  [{ except_extensions: ['png'] }, 'a.png', undefined],
  [{ except_extensions: ['png'] }, 'a.gif', 'not among the allowed endings'],
  [{ except_extensions: ['png'] }, 'png', 'not among the allowed endings'],
  [{ executable: true }, 'a.scr', 'runs where it is opened: .scr'],
  [{ executable: true }, 'a.pdf', undefined],
  [disguised, 'a.pdf.exe', 'looks like .pdf and is .exe'],
  [disguised, 'a.tar.gz', undefined],
  [disguised, 'setup.1.2.exe', undefined],
  [disguised, 'a.exe.exe', undefined],
  [disguised, 'a.js', undefined],
  [disguised, 'photo\u202egpj.exe', 'its letters are not in the order in which they are shown'],
  [disguised, `a${' '.repeat(40)}.exe`, 'spaces before .exe'],
  [disguised, 'my nice photo.png', undefined],
];

describe('file_name', () => {
  for (const [settings, name, note] of rows) {
    it(`${JSON.stringify(settings)} on ${JSON.stringify(name)}`, () => {
      const event = messageOf({ msgtype: 'm.file', body: 'see here', filename: name, url: 'mxc://x.org/a' });
      const result = judge(checkOf(fileName, settings), event);
      const span = { start: 0, end: name.length };
      const evidence = note === undefined ? undefined : [{ path: 'content.filename', span, matched: name, note }];
      assert.deepEqual(result.matched === 'yes' ? result.evidence : undefined, evidence);
    });
  }

  it('looks at the body where there is no caption, at items of galleries, and at files alone', () => {
    const check = checkOf(fileName, { extensions: ['exe'] });
    assert.equal(judge(check, messageOf({ msgtype: 'm.file', body: 'a.exe' })).matched, 'yes');
    const gallery = messageOf({ msgtype: 'm.gallery', itemtypes: [{ itemtype: 'm.file', body: 'a.exe' }] });
    assert.equal(judge(check, gallery).matched, 'yes');
    assert.equal(judge(check, messageOf({ msgtype: 'm.text', body: 'a.exe' })).matched, 'no');
  });

  it('wants a setting', () => {
    assert.ok(!fileName.settings.safeParse({}).success);
    assert.ok(!fileName.settings.safeParse({ extensions: ['a b'] }).success);
  });
});
