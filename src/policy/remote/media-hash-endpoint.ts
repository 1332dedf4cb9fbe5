/** Files of an event, fetched from their servers and looked up by what they are: in an own list, and by a program. */
import { hash } from 'node:crypto';
import { parseMxcUri, type MxcUri } from '../../protocol/ids/mxc-uri.ts';
import type { ServerName } from '../../protocol/ids/server-name.ts';
import type { RemoteAnswer } from '../answers.ts';
import type { EventReading } from '../reading/event-reading.ts';
import { askerOf, limitsOf, NOTHING_FOUND, type EndpointDeps, type RemoteEndpoint } from './endpoint.ts';
import { fileKind } from './file-kind.ts';
import { GIVE_UP_MS, GuardedCalls, type CallOutcome, type CallResult } from './guarded-calls.ts';
import { lookUpFile } from './hash-lookup.ts';
import type { FetchedMedia } from './ports.ts';

/** Name of the bank that is our own list. */
export const OWN_BANK = 'sha256';

const DEFAULT_MAX_BYTES = 10_000_000;
const DEFAULT_MAX_FILES = 8;

type Banks = readonly string[];
type BanksOutcome = CallOutcome<Banks>;

/** A file as the event names it, and where. */
interface NamedFile {
  readonly url: string;
  readonly path: string;
}

export function createMediaHashEndpoint(deps: EndpointDeps, ownList: ReadonlySet<string>): RemoteEndpoint {
  return new MediaHashEndpoint(deps, ownList);
}

class MediaHashEndpoint implements RemoteEndpoint {
  readonly #deps: EndpointDeps;
  readonly #ownList: ReadonlySet<string>;
  /** By URI: a file is fetched once. That servers fail says nothing about the program that looks files up. */
  readonly #files: GuardedCalls<Banks>;
  /** By hash: the same file under other URIs is looked up once. */
  readonly #lookups: GuardedCalls<Banks>;
  readonly #fetching = new Map<ServerName, number>();

  constructor(deps: EndpointDeps, ownList: ReadonlySet<string>) {
    this.#deps = deps;
    this.#ownList = ownList;
    const { clock, settings, onOpen, onCall } = deps;
    const limits = limitsOf(settings);
    this.#files = new GuardedCalls({ clock, limits: { ...limits, breaker: undefined } });
    this.#lookups = new GuardedCalls({ clock, limits, onOpen, onCall });
  }

  ask(_question: unknown, { event }: { event: EventReading }): ReturnType<RemoteEndpoint['ask']> {
    const files = filesOf(event);
    const { max_files: most = DEFAULT_MAX_FILES } = this.#deps.settings;
    if (files.length === 0) return NOTHING_FOUND;
    if (files.length > most) {
      return {
        ok: false,
        detail: `the event has ${String(files.length)} files, at most ${String(most)} are looked up`,
      };
    }
    const outcomes = files.map(({ url }) => this.#banksWith(url));
    const known = outcomes.filter((outcome): outcome is BanksOutcome => !(outcome instanceof Promise));
    if (known.length === outcomes.length) return answerOf(files, known);
    const waited = outcomes.map(async (outcome) => await outcome);
    return Promise.all(waited).then((all) => answerOf(files, all));
  }

  #banksWith(url: string): BanksOutcome | Promise<BanksOutcome> {
    const uri = parseMxcUri(url);
    if (uri === undefined) return { ok: false, detail: 'the URI of a file is none' };
    return this.#files.ask(url, async (signal) => {
      const fetched = await this.#fetch(uri, signal);
      if (!fetched.ok) return notTheEndpoint(`a file of ${uri.serverName} cannot be fetched: ${fetched.reason.detail}`);
      return await this.#lookUp(fetched.bytes, fetched.contentType);
    });
  }

  async #fetch(uri: MxcUri, signal: AbortSignal): Promise<FetchedMedia> {
    const { settings, files } = this.#deps;
    const { serverName } = uri;
    const running = this.#fetching.get(serverName) ?? 0;
    // One slow server must not take all places.
    if (running >= Math.max(1, Math.floor(settings.concurrency / 4))) {
      return { ok: false, reason: { type: 'unavailable', detail: 'too many of its files are being fetched' } };
    }
    this.#fetching.set(serverName, running + 1);
    try {
      const { max_media_size: maxBytes = DEFAULT_MAX_BYTES, oversized } = settings;
      const request = { uri, maxBytes, timeoutMs: GIVE_UP_MS, signal };
      const fetched = await files.fetch(request);
      if (fetched.ok || fetched.reason.type !== 'tooLarge' || oversized !== 'thumbnail') return fetched;
      return await files.fetch({ ...request, thumbnail: true });
    } finally {
      const left = (this.#fetching.get(serverName) ?? 1) - 1;
      if (left === 0) this.#fetching.delete(serverName);
      else this.#fetching.set(serverName, left);
    }
  }

  async #lookUp(bytes: Uint8Array, contentType: string | undefined): Promise<CallResult<Banks>> {
    const { settings } = this.#deps;
    const { url } = settings;
    const digest = hash('sha256', bytes, 'hex');
    const own = this.#ownList.has(digest) ? [OWN_BANK] : [];
    const kind = fileKind(bytes, contentType);
    if (url === undefined || kind === undefined) return { ok: true, value: own };
    const find = async (signal: AbortSignal): Promise<CallResult<Banks>> =>
      await lookUpFile(askerOf(this.#deps), url, { bytes, kind }, signal);
    // A late answer is waited for here, so that it is known by the URI too.
    const found = await this.#lookups.ask(digest, find, GIVE_UP_MS);
    if (found.ok) return { ok: true, value: [...own, ...found.value] };
    return own.length > 0 ? { ok: true, value: own } : notTheEndpoint(found.detail);
  }
}

function notTheEndpoint(detail: string): { ok: false; detail: string; blamesEndpoint: false } {
  return { ok: false, detail, blamesEndpoint: false };
}

/** Every file once: what is posted, and the pictures of it that clients show first. */
export function filesOf({ media }: EventReading): readonly NamedFile[] {
  const files = new Map<string, string>();
  for (const { url, urlPath, thumbnailUrl, at } of media) {
    if (url !== undefined && isFile(url) && !files.has(url)) files.set(url, urlPath ?? at);
    if (thumbnailUrl !== undefined && isFile(thumbnailUrl) && !files.has(thumbnailUrl)) {
      files.set(thumbnailUrl, `${at}.info`);
    }
  }
  return [...files].map(([url, path]) => ({ url, path }));
}

function isFile(url: string): boolean {
  return /^\s*mxc:/i.test(url);
}

/** What was found counts although other files could not be looked up; that is said, too. */
function answerOf(files: readonly NamedFile[], outcomes: readonly BanksOutcome[]): CallOutcome<RemoteAnswer> {
  const labels: { label: string; score: number; path: string }[] = [];
  let failure: string | undefined;
  for (const [index, outcome] of outcomes.entries()) {
    if (!outcome.ok) failure ??= outcome.detail;
    else for (const label of outcome.value) labels.push({ label, score: 1, path: files[index]?.path ?? 'content' });
  }
  if (failure === undefined) return { ok: true, value: { labels, note: null } };
  if (labels.length === 0) return { ok: false, detail: failure };
  return { ok: true, value: { labels, note: null, incomplete: failure } };
}
