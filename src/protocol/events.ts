/**
 * Events as servers exchange them (PDUs): the raw JSON plus a checked envelope. Only the fields that every event must
 * have are looked at (server-server API, "PDUs"; data/api/server-server/definitions/pdu_v*.yaml); whatever else an event
 * holds is kept and signed as it is.
 */
import { decodeBase64 } from './base64.ts';
import { canonicalEntries, canonicalText, joinEntries, type CanonicalEntry } from './canonical-json.ts';
import { checkEventFields, type EventFields } from './event-fields.ts';
import { checkContentHashOfText, NOT_IN_CONTENT_HASH, sha256Text, type ContentHashCheck } from './hashes.ts';
import { eventIdOfHash, parseOpaqueEventId, type EventId } from './ids/event-id.ts';
import { MAX_ID_BYTES } from './ids/sigil-id.ts';
import { roomIdOfCreateEvent, type RoomId } from './ids/room-id.ts';
import { isJsonObject, own, ownString, parseJson, type JsonObject } from './json.ts';
import { redact, redactedContent, redactionKeeps } from './redaction.ts';
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

/** As `PduResult`, with the result of check 3. */
export type ReceivedPduResult =
  { ok: true; pdu: Pdu; contentHash: ContentHashCheck } | { ok: false; reason: PduFailure };

/** What servers sign, and its hash in unpadded URL-safe base64. */
interface SignedForm {
  readonly text: string;
  readonly hash: string;
}

/** Texts of the event that are made while it is parsed are kept beside its fields: check 2, and storing it, need them. */
class CheckedPdu implements Pdu {
  readonly type: string;
  readonly sender: EventFields['sender'];
  readonly stateKey: string | undefined;
  readonly content: JsonObject;
  readonly depth: number;
  readonly originServerTs: number;
  readonly prevEvents: readonly EventId[];
  readonly authEvents: readonly EventId[];
  readonly raw: JsonObject;
  readonly rules: RoomVersionRules;
  readonly eventId: EventId;
  readonly roomId: RoomId;
  #bytes: number | undefined;
  #text: string | undefined;
  #signed: SignedForm | undefined;

  constructor(fields: EventFields, origin: Pick<Pdu, 'raw' | 'rules' | 'eventId' | 'roomId'>) {
    this.type = fields.type;
    this.sender = fields.sender;
    this.stateKey = fields.stateKey;
    this.content = fields.content;
    this.depth = fields.depth;
    this.originServerTs = fields.originServerTs;
    this.prevEvents = fields.prevEvents;
    this.authEvents = fields.authEvents;
    this.raw = origin.raw;
    this.rules = origin.rules;
    this.eventId = origin.eventId;
    this.roomId = origin.roomId;
    Object.freeze(this);
  }

  get canonicalBytes(): number {
    this.#bytes ??= canonicalSize(this.raw);
    return this.#bytes;
  }

  keep(text: string, bytes: number, signed: SignedForm | undefined): this {
    this.#text = text;
    this.#bytes = bytes;
    this.#signed = signed;
    return this;
  }

  static signedForm(pdu: Pdu): SignedForm {
    if (!(#signed in pdu)) return signedFormOf(signableTextOf(pdu.raw, pdu.rules));
    pdu.#signed ??= signedFormOf(signableTextOf(pdu.raw, pdu.rules));
    return pdu.#signed;
  }

  static release(pdu: Pdu): string {
    if (!(#text in pdu)) return canonicalText(pdu.raw);
    const text = pdu.#text ?? canonicalText(pdu.raw);
    pdu.#text = undefined;
    pdu.#signed = undefined;
    return text;
  }
}

/**
 * Check 1 on receipt of a PDU: is it a valid event for its room version? (server-server API, "Checks performed …").
 * `knownAs` is an id given beside the event rather than computed from it, as in the debug commands and in vectors.
 */
export function parsePdu(received: JsonObject, rules: RoomVersionRules, knownAs?: EventId): PduResult {
  const parsed = parseEntries(received, rules, knownAs);
  return parsed.ok ? { ok: true, pdu: parsed.pdu } : parsed;
}

/** Checks 1 and 3 at once: both look at the event's canonical text. */
export function parseReceivedPdu(received: JsonObject, rules: RoomVersionRules): ReceivedPduResult {
  const parsed = parseEntries(received, rules);
  if (!parsed.ok) return parsed;
  const hashed = parsed.entries.filter(({ key }) => !NOT_IN_CONTENT_HASH.has(key));
  return { ok: true, pdu: parsed.pdu, contentHash: checkContentHashOfText(parsed.pdu.raw, joinEntries(hashed)) };
}

function parseEntries(
  received: JsonObject,
  rules: RoomVersionRules,
  knownAs?: EventId,
): { ok: true; pdu: Pdu; entries: readonly CanonicalEntry[] } | { ok: false; reason: PduFailure } {
  const canonical = canonicalEntries(received, rules.strictCanonicalJson ? 'strict' : 'as-written');
  if (!canonical.ok) return bad(`no canonical JSON: ${canonical.reason.detail}`);
  const { entries } = canonical;
  const text = joinEntries(entries);
  const raw = canonical.normalized ? normalized(text) : received;
  const checked = checkEventFields(raw, rules);
  if (!checked.ok) return checked;
  const canonicalBytes = Buffer.byteLength(text);
  if (canonicalBytes > MAX_EVENT_BYTES) {
    return {
      ok: false,
      reason: { type: 'too_large', detail: `${String(canonicalBytes)} bytes, at most 65536 are allowed` },
    };
  }
  const identity = knownAs === undefined ? identify(raw, rules, entries) : { ok: true as const, eventId: knownAs };
  if (!identity.ok) return identity;
  const { eventId } = identity;
  const roomId = checked.fields.roomId ?? roomIdOfCreateEvent(eventId);
  const pdu = new CheckedPdu(checked.fields, { raw, rules, eventId, roomId });
  return { ok: true, pdu: pdu.keep(text, canonicalBytes, identity.signed), entries };
}

/**
 * An event that was parsed before it was stored under this id: only its envelope is looked at again. `text` is its
 * canonical JSON, where that is at hand.
 */
export function restorePdu(raw: JsonObject, rules: RoomVersionRules, eventId: EventId, text?: string): PduResult {
  const checked = checkEventFields(raw, rules);
  if (!checked.ok) return checked;
  const roomId = checked.fields.roomId ?? roomIdOfCreateEvent(eventId);
  const pdu = new CheckedPdu(checked.fields, { raw, rules, eventId, roomId });
  return { ok: true, pdu: text === undefined ? pdu : pdu.keep(text, Buffer.byteLength(text), undefined) };
}

/**
 * The event's canonical JSON, signatures and unsigned included. What was kept of its texts is let go, to be made again
 * if it is needed once more: for when an event is stored.
 */
export function releaseText(pdu: Pdu): string {
  return CheckedPdu.release(pdu);
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

const NOT_SIGNED: ReadonlySet<string> = new Set(['signatures', 'unsigned']);

/**
 * Canonical JSON of the redacted event without `signatures`: the bytes that servers sign and that the reference hash
 * covers ("Signing Events", "Calculating the reference hash for an event").
 */
export function signableText(pdu: Pdu): string {
  return CheckedPdu.signedForm(pdu).text;
}

function signedFormOf(text: string): SignedForm {
  return { text, hash: sha256Text(text, 'base64url') };
}

/** As `signableText`, of raw JSON. Throws where the event has no canonical form: parse it first. */
export function signableTextOf(raw: JsonObject, rules: RoomVersionRules): string {
  return canonicalText(redact(raw, rules.redaction), NOT_SIGNED);
}

/** As `signableTextOf`, of an event that is written already: redaction changes no key but `content`. */
function signableOfEntries(raw: JsonObject, rules: RoomVersionRules, entries: readonly CanonicalEntry[]): string {
  const kept: CanonicalEntry[] = [];
  for (const entry of entries) {
    const { key } = entry;
    if (NOT_SIGNED.has(key) || !redactionKeeps(key, rules.redaction)) continue;
    const content = key === 'content' ? redactedContent(raw, rules.redaction) : undefined;
    kept.push(content === undefined ? entry : { key, text: `"content":${canonicalText(content)}` });
  }
  return joinEntries(kept);
}

/** SHA-256 of the redacted event, whatever the event's id is made of. */
export function referenceHash(pdu: Pdu): Uint8Array {
  const hash = decodeBase64(CheckedPdu.signedForm(pdu).hash);
  if (hash === undefined) throw new Error('a hash is written in base64');
  return hash;
}

/** Room version 3 alone has its ids in the standard alphabet. */
function hashedEventId(hash: string, rules: RoomVersionRules): EventId {
  if (rules.eventIdFormat !== 'hash-base64') return eventIdOfHash(hash);
  return eventIdOfHash(hash.replaceAll('-', '+').replaceAll('_', '/'));
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
