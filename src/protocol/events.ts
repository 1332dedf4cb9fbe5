/**
 * Events as servers exchange them (PDUs): the raw JSON plus a checked envelope. Only the fields that every event must
 * have are looked at (server-server API, "PDUs"; data/api/server-server/definitions/pdu_v*.yaml); whatever else an event
 * holds is kept and signed as it is.
 */
import { encodeBase64, encodeBase64Url } from './base64.ts';
import { canonicalEntries, canonicalText, joinEntries, type CanonicalEntry } from './canonical-json.ts';
import { checkEventFields, type EventFields } from './event-fields.ts';
import { sha256 } from './hashes.ts';
import { eventIdOfHash, parseOpaqueEventId, type EventId } from './ids/event-id.ts';
import { MAX_ID_BYTES } from './ids/sigil-id.ts';
import { roomIdOfCreateEvent, type RoomId } from './ids/room-id.ts';
import { isJsonObject, own, ownObject, ownString, parseJson, type JsonObject } from './json.ts';
import { redact } from './redaction.ts';
import type { RoomVersionRules } from './room-versions.ts';

/** Largest event in bytes: canonical JSON in the federation format, signatures included ("Size limits"). */
export const MAX_EVENT_BYTES = 65536;

/** A checked event, frozen. Its hashes, signatures and authorisation are not checked by having one. */
export interface Pdu extends EventFields {
  /** The event as it was received, but for `-0` from room version 6 on; never changed. */
  readonly raw: JsonObject;
  readonly rules: RoomVersionRules;
  readonly eventId: EventId;
  readonly roomId: RoomId;
  /** Size of `raw` as canonical JSON, signatures and unsigned included. */
  readonly canonicalBytes: number;
}

/** Why something is no event of its room version; `detail` is fit for the asking server. */
export interface PduFailure {
  readonly type: 'bad_json' | 'too_large';
  readonly detail: string;
}

/** A failure is a mistake of the sender, never of this machine. */
export type PduResult = { ok: true; pdu: Pdu } | { ok: false; reason: PduFailure };

/**
 * Check 1 on receipt of a PDU: is it a valid event for its room version? (server-server API, "Checks performed …").
 * `knownAs` is an id given beside the event rather than computed from it, as in the debug commands and in vectors.
 */
export function parsePdu(received: JsonObject, rules: RoomVersionRules, knownAs?: EventId): PduResult {
  const canonical = canonicalEntries(received, rules.strictCanonicalJson ? 'strict' : 'as-written');
  if (!canonical.ok) return bad(`no canonical JSON: ${canonical.reason.detail}`);
  const text = joinEntries(canonical.entries);
  const raw = canonical.normalized ? normalized(text) : received;
  const checked = checkEventFields(raw, rules);
  if (!checked.ok) return checked;
  const size = Buffer.byteLength(text);
  if (size > MAX_EVENT_BYTES) {
    return { ok: false, reason: { type: 'too_large', detail: `${String(size)} bytes, at most 65536 are allowed` } };
  }
  const identity =
    knownAs === undefined ? identify(raw, rules, canonical.entries) : { ok: true as const, eventId: knownAs };
  if (!identity.ok) return identity;
  const { eventId } = identity;
  const roomId = checked.fields.roomId ?? roomIdOfCreateEvent(eventId);
  const pdu: Pdu = Object.freeze({ ...checked.fields, raw, rules, eventId, roomId, canonicalBytes: size });
  if (identity.signed !== undefined) signedForms.set(pdu, identity.signed);
  return { ok: true, pdu };
}

/** Hashes and signatures must see the numbers as canonical JSON has them: `-0` is `0` there. */
function normalized(text: string): JsonObject {
  const parsed = parseJson(text);
  if (parsed.ok && isJsonObject(parsed.value)) return parsed.value;
  throw new Error('canonical JSON of an event parses to an object');
}

type Identity = { ok: true; eventId: EventId; signed?: SignedForm } | { ok: false; reason: PduFailure };

function identify(raw: JsonObject, rules: RoomVersionRules, entries: readonly CanonicalEntry[]): Identity {
  if (rules.eventIdFormat === 'opaque') {
    const text = ownString(raw, 'event_id') ?? '';
    if (Buffer.byteLength(text) > MAX_ID_BYTES) {
      return { ok: false, reason: { type: 'too_large', detail: 'event_id is longer than 255 bytes' } };
    }
    const opaque = parseOpaqueEventId(text);
    return opaque === undefined ? bad('event_id is no event id with a domain') : { ok: true, eventId: opaque.eventId };
  }
  // @NOTE Synapse refuses these too; the id is not part of the event, and would change its hash.
  if (own(raw, 'event_id') !== undefined) return bad('event_id does not belong into events of this room version');
  const signed = signedFormOf(signableOfEntries(raw, rules, entries));
  return { ok: true, eventId: hashedEventId(signed.hash, rules), signed };
}

/** What servers sign, and its hash. */
interface SignedForm {
  readonly text: string;
  readonly hash: Uint8Array;
}

const signedForms = new WeakMap<Pdu, SignedForm>();
const NOT_SIGNED: ReadonlySet<string> = new Set(['signatures', 'unsigned']);

/**
 * Canonical JSON of the redacted event without `signatures`: the bytes that servers sign and that the reference hash
 * covers ("Signing Events", "Calculating the reference hash for an event").
 */
export function signableText(pdu: Pdu): string {
  return signedForm(pdu).text;
}

function signedForm(pdu: Pdu): SignedForm {
  const known = signedForms.get(pdu);
  if (known !== undefined) return known;
  const made = signedFormOf(signableTextOf(pdu.raw, pdu.rules));
  signedForms.set(pdu, made);
  return made;
}

function signedFormOf(text: string): SignedForm {
  return { text, hash: sha256(text) };
}

/** As `signableText`, of raw JSON. Throws where the event has no canonical form: parse it first. */
export function signableTextOf(raw: JsonObject, rules: RoomVersionRules): string {
  return canonicalText(redact(raw, rules.redaction), NOT_SIGNED);
}

/** As `signableTextOf`, of an event that is written already: redaction changes no key but `content`. */
function signableOfEntries(raw: JsonObject, rules: RoomVersionRules, entries: readonly CanonicalEntry[]): string {
  const redacted = redact(raw, rules.redaction);
  const kept: CanonicalEntry[] = [];
  for (const entry of entries) {
    const { key } = entry;
    if (NOT_SIGNED.has(key) || !Object.hasOwn(redacted, key)) continue;
    kept.push(key === 'content' ? { key, text: `"content":${canonicalText(ownObject(redacted, key) ?? {})}` } : entry);
  }
  return joinEntries(kept);
}

/** SHA-256 of the redacted event, whatever the event's id is made of. */
export function referenceHash(pdu: Pdu): Uint8Array {
  return signedForm(pdu).hash;
}

function hashedEventId(digest: Uint8Array, rules: RoomVersionRules): EventId {
  return eventIdOfHash(rules.eventIdFormat === 'hash-base64' ? encodeBase64(digest) : encodeBase64Url(digest));
}

/** Bytes of the event in canonical JSON, `signatures` and `unsigned` included. */
export function canonicalSize(raw: JsonObject): number {
  return Buffer.byteLength(canonicalText(raw));
}

/** Whether the event is the state event of this type and key. */
export function isState(pdu: Pdu, type: string, stateKey: string): boolean {
  return pdu.type === type && pdu.stateKey === stateKey;
}

function bad(detail: string): { ok: false; reason: PduFailure } {
  return { ok: false, reason: { type: 'bad_json', detail } };
}
