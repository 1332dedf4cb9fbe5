/** Stored settings, read again: what this version does not understand any more is left out and said. */
import { readCommunity, readLayer, type CommunityDocument, type LayerDocument } from './layer-document.ts';
import type { SettingsRevision } from './ports.ts';
import { parseScope } from './scope.ts';
import type { SettingError } from './setting-error.ts';

type Document = LayerDocument | CommunityDocument;

export interface StoredDocuments {
  readonly documents: ReadonlyMap<string, Document>;
  readonly errors: readonly SettingError[];
}

export function readStored(revisions: readonly SettingsRevision[]): StoredDocuments {
  const documents = new Map<string, Document>();
  const errors: SettingError[] = [];
  for (const { scope, document: text } of revisions) {
    if (text === null) continue;
    const kind = parseScope(scope)?.kind;
    const value: unknown = JSON.parse(text);
    const read = kind === 'community' ? readCommunity : readLayer;
    const whole = read(value);
    if (whole.ok) {
      documents.set(scope, whole.document);
      continue;
    }
    errors.push(...whole.errors.map(({ path, message }) => ({ path: `${scope}: ${path}`, message })));
    const rest = read(usablePart(value, (part) => read(part).ok));
    if (rest.ok) documents.set(scope, rest.document);
  }
  return { documents, errors };
}

/** Rule by rule and key by key, whatever can be read by itself. */
function usablePart(value: unknown, isUsable: (part: object) => boolean): object {
  const { rules, ...others } = Object.fromEntries(entriesOf(value));
  // A community needs its name.
  let kept: object = 'name' in others ? { name: others['name'] } : {};
  for (const [key, inner] of Object.entries(others)) {
    const next = { ...kept, [key]: inner };
    if (isUsable(next)) kept = next;
  }
  let usable: object = {};
  for (const [rule, part] of entriesOf(rules)) {
    const next = { ...usable, [rule]: part };
    if (isUsable({ ...kept, rules: next })) usable = next;
  }
  return { ...kept, rules: usable };
}

function entriesOf(value: unknown): readonly [string, unknown][] {
  return typeof value === 'object' && value !== null ? Object.entries(value) : [];
}
