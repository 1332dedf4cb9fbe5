import fc from 'fast-check';
import { isJsonArray, isJsonObject, NumberToken, type JsonObject, type JsonValue } from '../../../src/protocol/json.ts';

const keys = fc.oneof(
  fc.constantFrom(
    '__proto__',
    'constructor',
    'toString',
    '',
    '0',
    '10',
    '9',
    '\u0000',
    '"',
    '\\',
    '\ue000',
    '\u{10000}',
  ),
  fc.string({ unit: 'grapheme' }),
);

const numbers = fc.oneof(
  fc.constantFrom('-0', '0.10', '1e5', '1E+300', '9007199254740993', '-123456789012345678901234567890', '1.0'),
  fc.maxSafeInteger().map(String),
  fc
    .double({ noNaN: true, noDefaultInfinity: true })
    .map((number) => (Object.is(number, -0) ? '-0.0' : String(number))),
);

/** JSON text, so that the tokens of numbers and the order of keys are as written. */
const { value } = fc.letrec<{ value: string; object: string }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    numbers,
    fc.constantFrom('null', 'true', 'false'),
    fc.string({ unit: 'grapheme' }).map((text) => JSON.stringify(text)),
    fc.array(tie('value'), { maxLength: 4 }).map((items) => `[${items.join(',')}]`),
    tie('object'),
  ),
  object: members(tie('value')).map((text) => `{${text}}`),
}));

function members(of: fc.Arbitrary<string>): fc.Arbitrary<string> {
  return fc
    .uniqueArray(fc.tuple(keys, of), { selector: ([key]) => key, maxLength: 5 })
    .map((entries) => entries.map(([key, text]) => `${JSON.stringify(key)}:${text}`).join(','));
}

/** The members of an event's content, without the braces. */
export const contentText: fc.Arbitrary<string> = members(value);

/** What an event holds, told by another way than the canonical JSON that storage itself uses. */
export function eventText(raw: JsonObject): string {
  return describe(raw);
}

function describe(json: JsonValue): string {
  if (json instanceof NumberToken) return `token ${json.text}`;
  if (isJsonArray(json)) return `[${json.map(describe).join()}]`;
  if (!isJsonObject(json)) return `${typeof json} ${JSON.stringify(json)}`;
  const entries = Object.entries(json).map(([key, member]) => `${JSON.stringify(key)} ${describe(member)}`);
  return `{${entries.sort().join()}}`;
}
