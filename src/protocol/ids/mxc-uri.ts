/**
 * Matrix content URIs (client-server API, "Matrix Content (`mxc://`) URIs"):
 *
 *     mxc_uri  = "mxc://" server_name "/" media_id
 *     media_id = 1*255( ALPHA / DIGIT / "-" / "_" )
 */
import { parseServerName, type ServerName } from './server-name.ts';

/** A file of a server. */
export interface MxcUri {
  readonly serverName: ServerName;
  /** Opaque; needs no percent-encoding in paths. */
  readonly mediaId: string;
}

/** `undefined` where the text is outside the grammar. */
export function parseMxcUri(text: string): MxcUri | undefined {
  const [, name = '', mediaId = ''] = /^mxc:\/\/([^/]{1,300})\/([A-Za-z0-9_-]{1,255})$/.exec(text) ?? [];
  const serverName = parseServerName(name);
  return serverName === undefined ? undefined : { serverName, mediaId };
}
