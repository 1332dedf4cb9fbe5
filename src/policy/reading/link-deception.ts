/** Links that show another domain than they open. */
import { scanText } from './link-scan.ts';
import type { LinkTarget } from './link-target.ts';
import type { Link } from './links.ts';
import { matrixAddress } from './matrix-links.ts';

/** The host that a link pretends to open; `undefined` for an honest one. */
export function pretendedHost(link: Link): string | undefined {
  const { target, shown } = link;
  if (target.userinfo !== undefined) {
    const [before] = scanText(decodeSafely(target.userinfo)).links;
    if (before?.isDoubtful === false && isElsewhere(before.target, target)) return before.target.unicodeHost;
  }
  if (shown === undefined) return undefined;
  // Names of users and rooms may look like domains: those of bots and communities often do.
  const isMatrix = matrixAddress(target) !== undefined;
  const lie = scanText(shown).links.find(
    (seen) => !seen.isDoubtful && !(isMatrix && seen.form !== 'url') && isElsewhere(seen.target, target),
  );
  return lie?.target.unicodeHost;
}

/** Compared by what somebody can register: the address that a site forwards to is still its own. */
function isElsewhere(shown: LinkTarget, opened: LinkTarget): boolean {
  return (shown.registrable ?? shown.host) !== (opened.registrable ?? opened.host);
}

function decodeSafely(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
