/** IP address literals as server names use them: dotted quads of 0–255, and IPv6 without zone (RFC 3513, section 2.2). */

const OCTET = '(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)';
const IPV4 = new RegExp(`^${OCTET}(?:\\.${OCTET}){3}$`);
const HEX_GROUP = /^[0-9A-Fa-f]{1,4}$/;

/** Four numbers of 0–255 without leading zeros. */
export function isIPv4(text: string): boolean {
  return IPV4.test(text);
}

/** Without brackets and zone; may end in a dotted quad. */
export function isIPv6(text: string): boolean {
  const halves = text.split('::');
  if (halves.length > 2) return false;
  const counts = halves.map((half, index) => countGroups(half, index === halves.length - 1));
  if (counts.includes(undefined)) return false;
  const total = counts.reduce<number>((sum, count) => sum + (count ?? 0), 0);
  return halves.length === 2 ? total <= 7 : total === 8;
}

/** The 16-bit groups of one side of `::`; a dotted quad at the very end counts as two. */
function countGroups(half: string, isLast: boolean): number | undefined {
  if (half === '') return 0;
  const groups = half.split(':');
  let count = 0;
  for (const [index, group] of groups.entries()) {
    if (HEX_GROUP.test(group)) count += 1;
    else if (isLast && index === groups.length - 1 && isIPv4(group)) count += 2;
    else return undefined;
  }
  return count;
}
