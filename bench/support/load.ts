/** Keep-alive connections on raw sockets, each of which sends its next request when the last one is answered. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

export interface LoadResult {
  readonly requests: number;
  readonly seconds: number;
  /** Milliseconds from writing a request to its whole answer, sorted. */
  readonly latencies: Float64Array;
}

const OK = 'HTTP/1.1 200 ';
const END_OF_HEAD = '\r\n\r\n';

export class Load implements Disposable {
  readonly #sockets: readonly Socket[];

  private constructor(sockets: readonly Socket[]) {
    this.#sockets = sockets;
  }

  static async connect(port: number, connections: number): Promise<Load> {
    const sockets = Array.from({ length: connections }, () => connect({ port, host: '127.0.0.1', noDelay: true }));
    await Promise.all(sockets.map((socket) => once(socket, 'connect')));
    for (const socket of sockets) socket.setEncoding('latin1');
    return new Load(sockets);
  }

  /** Sends all of them, in order of their becoming possible. Rejects where one is not answered with 200. */
  async send(requests: readonly Buffer[]): Promise<LoadResult> {
    const latencies = new Float64Array(requests.length);
    let next = 0;
    const take = (): number => {
      next += 1;
      return next - 1;
    };
    const start = performance.now();
    await Promise.all(this.#sockets.map((socket) => drive(socket, requests, take, latencies)));
    return { requests: requests.length, seconds: (performance.now() - start) / 1000, latencies: latencies.sort() };
  }

  [Symbol.dispose](): void {
    for (const socket of this.#sockets) socket.destroy();
  }
}

function drive(
  socket: Socket,
  requests: readonly Buffer[],
  take: () => number,
  latencies: Float64Array,
): Promise<void> {
  return new Promise((resolve, reject) => {
    let index = 0;
    let sentAt = 0;
    let received = '';
    const sendNext = (): void => {
      index = take();
      const request = requests[index];
      if (request === undefined) {
        socket.removeAllListeners('data').removeAllListeners('close');
        resolve();
        return;
      }
      received = '';
      sentAt = performance.now();
      socket.write(request);
    };
    socket.on('close', () => reject(new Error('the server closed a connection')));
    socket.on('data', (chunk: string) => {
      received += chunk;
      const head = received.indexOf(END_OF_HEAD);
      if (head === -1) return;
      const length = Number(/content-length: (\d+)/i.exec(received)?.[1]);
      if (received.length < head + END_OF_HEAD.length + length) return;
      if (!received.startsWith(OK)) {
        reject(new Error(`a request was answered with ${received}`));
        return;
      }
      latencies[index] = performance.now() - sentAt;
      sendNext();
    });
    sendNext();
  });
}
