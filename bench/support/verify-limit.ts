/** What ed25519 alone allows when events are verified: one verification each. Prints operations a second, by the clock and by processor time, as JSON. */
import { randomBytes } from 'node:crypto';
import sodium from 'sodium-native';

/** Size of a redacted member event. */
const EVENT_BYTES = 700;
const SECONDS = Number(process.argv[2] ?? 1);

const publicKey = Buffer.alloc(sodium.crypto_sign_PUBLICKEYBYTES);
const secretKey = Buffer.alloc(sodium.crypto_sign_SECRETKEYBYTES);
sodium.crypto_sign_keypair(publicKey, secretKey);
const event = randomBytes(EVENT_BYTES);
const signature = Buffer.alloc(sodium.crypto_sign_BYTES);
sodium.crypto_sign_detached(signature, event, secretKey);

function verify(times: number): void {
  for (let i = 0; i < times; i += 1) {
    if (!sodium.crypto_sign_verify_detached(signature, event, publicKey)) throw new Error('a signature is wrong');
  }
}

verify(500);
const start = performance.now();
const processorStart = process.cpuUsage();
let count = 0;
for (; performance.now() - start < SECONDS * 1000; count += 50) verify(50);
const perSecond = (count * 1000) / (performance.now() - start);
const { user, system } = process.cpuUsage(processorStart);
console.log(JSON.stringify({ perSecond, perProcessorSecond: (count * 1e6) / (user + system) }));
