import { get } from 'node:https';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { IncomingMessage } from 'node:http';
import { stringify } from 'yaml';
import { writeCertificate } from '../../interop/support/certificate.ts';

export const ready = /gatehouse ready/u;

/** Writes a configuration that listens on any free loopback port with TLS and keeps its data in the folder. */
export async function writeConfig(folder: string): Promise<string> {
  const { certificate, privateKey } = await writeCertificate(folder);
  const file = path.join(folder, 'house.yaml');
  const listen = [{ host: '127.0.0.1', port: 0, tls: { certificate, private_key: privateKey } }];
  const config = { server_name: 'localhost', listen, data_dir: path.join(folder, 'data') };
  await writeFile(file, stringify(config));
  return file;
}

/** The port in the `gatehouse ready` line, which names the listeners. */
export function portOf(readyLine: string): number {
  const port = /127\.0\.0\.1.*?(?:"port":|:)(\d{2,5})\b/u.exec(readyLine)?.[1];
  if (port === undefined) throw new Error(`no listener in: ${readyLine}`);
  return Number(port);
}

/** The status of `GET /_gatehouse/health` over TLS. */
export async function healthOf(port: number): Promise<number | undefined> {
  const url = `https://127.0.0.1:${port}/_gatehouse/health`;
  const request = get(url, { rejectUnauthorized: false, agent: false });
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    request.once('response', resolve).once('error', reject);
  });
  response.resume();
  await once(response, 'end');
  return response.statusCode;
}
