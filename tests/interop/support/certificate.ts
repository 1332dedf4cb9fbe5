import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { generate } from 'selfsigned';

/** Writes a self-signed certificate for `localhost` into a folder and returns where it and its key are. */
export async function writeCertificate(folder: string): Promise<{ certificate: string; privateKey: string }> {
  const made = await generate([{ name: 'commonName', value: 'localhost' }], {
    keyType: 'ec',
    algorithm: 'sha256',
    extensions: [{ name: 'subjectAltName', altNames: [{ type: 2, value: 'localhost' }] }],
  });
  const files = { certificate: path.join(folder, 'tls.crt'), privateKey: path.join(folder, 'tls.key') };
  await Promise.all([writeFile(files.certificate, made.cert), writeFile(files.privateKey, made.private)]);
  return files;
}
