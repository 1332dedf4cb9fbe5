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
  const entries = typeof value === 'object' && value !== null ? Object.entries(value) : [];
  const name = entries.filter(([key]) => key === 'name');
  let kept: object = Object.fromEntries(name);
  const tryWith = (more: object): void => {
    const next = { ...kept, ...more };
    if (isUsable(next)) kept = next;
  };
  for (const [key, inner] of entries) {
    if (key !== 'rules' || typeof inner !== 'object' || inner === null) tryWith({ [key]: inner });
  }
  let rules: object = {};
  for (const [key, inner] of entries) {
    if (key !== 'rules' || typeof inner !== 'object' || inner === null) continue;
    for (const [rule, part] of Object.entries(inner)) {
      const next = { ...rules, [rule]: part };
      if (isUsable({ ...kept, rules: next })) rules = next;
    }
    tryWith({ rules });
  }
  return kept;
}
