/** What ed25519 alone allows: two verifications and one signature a request. Prints operations a second, as JSON. */
import { randomBytes } from 'node:crypto';
import sodium from 'sodium-native';

/** Sizes of what is signed: a request about a message, and the redacted message. */
const REQUEST_BYTES = 1300;
const EVENT_BYTES = 800;
const SECONDS = Number(process.argv[2] ?? 1);

const publicKey = Buffer.alloc(sodium.crypto_sign_PUBLICKEYBYTES);
const secretKey = Buffer.alloc(sodium.crypto_sign_SECRETKEYBYTES);
sodium.crypto_sign_keypair(publicKey, secretKey);
const [request, event] = [randomBytes(REQUEST_BYTES), randomBytes(EVENT_BYTES)];
const [ofRequest, ofEvent, ours] = [sign(request), sign(event), Buffer.alloc(64)];

function sign(message: Buffer): Buffer {
  const signature = Buffer.alloc(sodium.crypto_sign_BYTES);
  sodium.crypto_sign_detached(signature, message, secretKey);
  return signature;
}

function once(): void {
  const verified =
    sodium.crypto_sign_verify_detached(ofRequest, request, publicKey) &&
    sodium.crypto_sign_verify_detached(ofEvent, event, publicKey);
  if (!verified) throw new Error('a signature is wrong');
  sodium.crypto_sign_detached(ours, event, secretKey);
}

for (let i = 0; i < 500; i += 1) once();
const [start, processorStart] = [performance.now(), process.cpuUsage()];
let count = 0;
while (performance.now() - start < SECONDS * 1000) {
  for (let i = 0; i < 50; i += 1) once();
  count += 50;
}
const { user, system } = process.cpuUsage(processorStart);
const perSecond = (count * 1000) / (performance.now() - start);
console.log(JSON.stringify({ perSecond, perProcessorSecond: (count * 1e6) / (user + system) }));
