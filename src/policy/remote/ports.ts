/** What remote checks need from outside: programs that answer over HTTP, and the files of other servers. */
import type { MxcUri } from '../../protocol/ids/mxc-uri.ts';

export interface WebRequest {
  readonly method: 'GET' | 'POST';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  readonly timeoutMs: number;
  readonly maxResponseBytes: number;
  readonly signal: AbortSignal;
  /** Plain http is refused, for redirects too. */
  readonly httpsOnly?: boolean;
}

export interface WebAnswer {
  readonly status: number;
  readonly bytes: Uint8Array;
}

/** Programs on the web. */
export interface Web {
  /**
   * Any answer resolves, whatever its status. Rejects where there is none in time, where it is too large, and where the
   * address, or one that it is redirected to, may not be reached.
   */
  request(request: WebRequest): Promise<WebAnswer>;
}

export interface MediaRequest {
  readonly uri: MxcUri;
  readonly maxBytes: number;
  readonly timeoutMs: number;
  /** A picture of the file, made by its server, in the place of the file. */
  readonly thumbnail?: boolean;
  readonly signal: AbortSignal;
}

export type FetchedMedia =
  | { readonly ok: true; readonly bytes: Uint8Array; readonly contentType: string | undefined }
  | { readonly ok: false; readonly reason: { readonly type: 'tooLarge' | 'unavailable'; readonly detail: string } };

/** Files by their URI, each from its own server. Never rejects because of what that server does. */
export interface MediaFiles {
  fetch(request: MediaRequest): Promise<FetchedMedia>;
}
