/**
 * Files of other servers (server-server API, "Content Repository"):
 * `GET /_matrix/federation/v1/media/download/{mediaId}` and `/thumbnail/{mediaId}`.
 */
import type { MxcUri } from '../protocol/ids/mxc-uri.ts';
import { isJsonObject, ownString, parseJsonBytes } from '../protocol/json.ts';
import type { Clock } from '../telemetry/clock.ts';
import { startDeadline } from './deadline.ts';
import type { FederationDownloads } from './federation-client.ts';
import { FederationError } from './federation-error.ts';
import { parseMultipart } from './multipart.ts';
import type { HttpAnswer } from './transport.ts';
import type { WebClient } from './web-client.ts';

export interface MediaRequest {
  readonly uri: MxcUri;
  readonly maxBytes: number;
  /** Milliseconds for the whole exchange, redirects included. */
  readonly timeoutMs: number;
  /** A picture of the file, made by its server, in the place of the file. */
  readonly thumbnail?: boolean;
  readonly signal?: AbortSignal;
}

export type FetchedMedia =
  | { readonly ok: true; readonly bytes: Uint8Array; readonly contentType: string | undefined }
  | { readonly ok: false; readonly reason: { readonly type: 'tooLarge' | 'unavailable'; readonly detail: string } };

/** Never rejects because of what a server does. */
export interface MediaClient {
  fetch(request: MediaRequest): Promise<FetchedMedia>;
}

export interface MediaClientDeps {
  readonly client: FederationDownloads;
  readonly web: Pick<WebClient, 'request'>;
  readonly clock: Clock;
}

const API = '/_matrix/federation/v1/media';
const OLD_API = '/_matrix/media/v3';
/** How long a server may wait for a file that is still being uploaded. */
const UPLOAD_WAIT_MS = 2000;
const THUMBNAIL = 'width=800&height=600&method=scale';
/** What stands round the file in its answer. */
const MAX_FRAME_BYTES = 64 * 1024;

export function createMediaClient(deps: MediaClientDeps): MediaClient {
  return {
    async fetch(request) {
      using deadline = startDeadline(deps.clock, request.timeoutMs, request.signal);
      try {
        return await fetchMedia(deps, { ...request, signal: deadline.signal });
      } catch (error) {
        const isTooLarge = error instanceof FederationError && error.type === 'tooLarge';
        const detail = error instanceof Error ? error.message : String(error);
        return failed(isTooLarge ? 'tooLarge' : 'unavailable', detail);
      }
    },
  };
}

async function fetchMedia(deps: MediaClientDeps, request: MediaRequest): Promise<FetchedMedia> {
  const { mediaId, serverName } = request.uri;
  const wait = `timeout_ms=${Math.min(UPLOAD_WAIT_MS, request.timeoutMs)}`;
  const path = request.thumbnail === true ? `thumbnail/${mediaId}?${THUMBNAIL}&` : `download/${mediaId}?`;
  const answer = await ask(deps, request, `${API}/${path}${wait}`);
  if (answer.status === 200) return await readAnswer(deps, request, answer);
  if (answer.status !== 404 || errcodeOf(answer) !== 'M_UNRECOGNIZED') return failureOf(answer);
  // "servers MUST try the endpoints described below before falling back to the deprecated /_matrix/media/* endpoints"
  const oldPath =
    request.thumbnail === true
      ? `thumbnail/${serverName}/${mediaId}?${THUMBNAIL}&`
      : `download/${serverName}/${mediaId}?`;
  const old = await ask(deps, request, `${OLD_API}/${oldPath}allow_remote=false&${wait}`);
  if (old.status !== 200) return failureOf(old);
  return bounded(request, old.bytes, headerOf(old, 'content-type'));
}

async function ask({ client }: MediaClientDeps, request: MediaRequest, uri: string): Promise<HttpAnswer> {
  const { uri: file, maxBytes, timeoutMs, signal } = request;
  return await client.download({
    ...{ destination: file.serverName, method: 'GET', uri, timeoutMs },
    maxResponseBytes: maxBytes + MAX_FRAME_BYTES,
    ...(signal === undefined ? {} : { signal }),
  });
}

/** "exactly two parts": an object about the file, then the file or a `Location` where it is. */
async function readAnswer(deps: MediaClientDeps, request: MediaRequest, answer: HttpAnswer): Promise<FetchedMedia> {
  const parts = parseMultipart(answer.bytes, headerOf(answer, 'content-type'));
  const [metadata, file] = parts ?? [];
  if (metadata === undefined || file === undefined || parts?.length !== 2) {
    return failed('unavailable', 'the answer is not multipart/mixed with two parts');
  }
  const location = file.headers.get('location');
  if (location === undefined) return bounded(request, file.bytes, file.headers.get('content-type'));
  if (!URL.canParse(location)) return failed('unavailable', 'the file is said to be at a place that is none');
  const { maxBytes, timeoutMs, signal } = request;
  const moved = await deps.web.request({
    ...{ method: 'GET', url: location, timeoutMs, maxResponseBytes: maxBytes, httpsOnly: true },
    ...(signal === undefined ? {} : { signal }),
  });
  if (moved.status !== 200) return failed('unavailable', `status ${moved.status} from where the file is said to be`);
  return bounded(request, moved.bytes, headerOf(moved, 'content-type'));
}

function bounded({ maxBytes }: MediaRequest, bytes: Uint8Array, contentType: string | undefined): FetchedMedia {
  if (bytes.length > maxBytes) return failed('tooLarge', `the file is larger than ${maxBytes} bytes`);
  return { ok: true, bytes, contentType };
}

function failureOf(answer: HttpAnswer): FetchedMedia {
  const errcode = errcodeOf(answer);
  const detail = `status ${answer.status}${errcode === undefined ? '' : ` ${errcode}`}`;
  return failed(errcode === 'M_TOO_LARGE' ? 'tooLarge' : 'unavailable', detail);
}

function failed(type: 'tooLarge' | 'unavailable', detail: string): FetchedMedia {
  return { ok: false, reason: { type, detail } };
}

function errcodeOf({ bytes }: HttpAnswer): string | undefined {
  const parsed = parseJsonBytes(bytes);
  const errcode = parsed.ok && isJsonObject(parsed.value) ? ownString(parsed.value, 'errcode') : undefined;
  return errcode?.slice(0, 64);
}

function headerOf({ headers }: HttpAnswer, name: string): string | undefined {
  const value = headers[name];
  return Array.isArray(value) ? value[0] : value;
}
