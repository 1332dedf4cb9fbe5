/**
 * The member directory of Muninn Hall (https://muninn-hall.com/), whose servers policyserv trusts: the event that
 * `!member-directory` is answered with, what its API answers, or a list with one server name a line. Pure.
 */
import { parseServerName, type ServerName } from '../../protocol/ids/server-name.ts';
import { isJsonArray, isJsonObject, own, ownObject, parseJson, type JsonObject } from '../../protocol/json.ts';

export interface TrustedServers {
  readonly servers: readonly ServerName[];
  /** What stands there and is no server name. */
  readonly wrong: readonly string[];
}

const DIRECTORY = 'com.muninn-hall.member_directory';

/** `undefined` where it is JSON, and none that is known here. */
export function trustedServersIn(text: string): TrustedServers | undefined {
  const entries = /^\s*[{[]/.test(text) ? namesInJson(text) : namesInLines(text);
  if (entries === undefined) return undefined;
  const servers = new Set<ServerName>();
  const wrong: string[] = [];
  for (const entry of entries) {
    const server = parseServerName(entry);
    if (server === undefined) wrong.push(entry);
    else servers.add(server);
  }
  return { servers: [...servers], wrong };
}

function namesInLines(text: string): readonly string[] {
  return text
    .split('\n')
    .map((line) => line.replace(/#.*/, '').trim())
    .filter((line) => line !== '');
}

/** The event, its content, or the directory itself: server names as keys, their people as values. */
function namesInJson(text: string): readonly string[] | undefined {
  const json = parseJson(text);
  if (!json.ok) return undefined;
  if (isJsonArray(json.value)) return json.value.every((one) => typeof one === 'string') ? json.value : undefined;
  if (!isJsonObject(json.value)) return undefined;
  const content = ownObject(json.value, 'content');
  const directory = ownObject(content ?? json.value, DIRECTORY) ?? (content === undefined ? json.value : undefined);
  return directory !== undefined && isDirectory(directory) ? Object.keys(directory) : undefined;
}

function isDirectory(directory: JsonObject): boolean {
  return Object.keys(directory).every((server) => isJsonArray(own(directory, server) ?? null));
}
