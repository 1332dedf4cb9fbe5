/** Addresses with a scheme in every text of an event's content, read by people or not. */
import { isJsonArray, isJsonObject, type JsonValue } from '../../protocol/json.ts';
import type { Pdu } from '../../protocol/events.ts';
import { escapeKey } from './event-texts.ts';
import { scanText } from './link-scan.ts';
import type { Link } from './links.ts';

export function linksAnywhere(pdu: Pdu): readonly Link[] {
  const links: Link[] = [];
  walk(pdu.content, 'content', links);
  return links;
}

function walk(value: JsonValue, path: string, links: Link[]): void {
  if (typeof value === 'string') addLinks(value, path, true, links);
  else if (isJsonArray(value)) {
    for (const [index, item] of value.entries()) walk(item, `${path}.${String(index)}`, links);
  } else if (isJsonObject(value)) {
    for (const [key, item] of Object.entries(value)) {
      addLinks(key, path, false, links);
      walk(item, `${path}.${escapeKey(key)}`, links);
    }
  }
}

/** Keys have a place and no span. */
function addLinks(text: string, path: string, isValue: boolean, links: Link[]): void {
  if (!text.includes('://')) return;
  for (const { form, target, start, end } of scanText(text).links) {
    if (form !== 'url' || target.scheme === 'mxc') continue;
    const span = isValue ? { start, end } : undefined;
    links.push({ form, target, path, span, shown: undefined, isDoubtful: false });
  }
}
