/** Answers to what never becomes a request: bytes that are no HTTP, headers without end, clients too slow. */
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { errorBody, matrixError, methodNotAllowed, type MatrixError } from './errors.ts';

/** For `clientError`: the connection cannot go on, but is told why where nothing was written to it yet. */
export function answerClientError(error: Error & { code?: string }, socket: Duplex): void {
  const answered = 'bytesWritten' in socket && (socket as Socket).bytesWritten > 0;
  if (error.code === 'ECONNRESET' || !socket.writable || answered) {
    socket.destroy();
    return;
  }
  endWith(socket, errorOf(error.code));
}

/** For `connect`, which is no method that anything here is served with. */
export function answerConnect(_request: IncomingMessage, socket: Duplex): void {
  socket.on('error', () => socket.destroy());
  endWith(socket, methodNotAllowed('GET, HEAD, POST, PUT'));
}

function endWith(socket: Duplex, error: MatrixError): void {
  const body = errorBody(error);
  const allow = error.allow === undefined ? '' : `Allow: ${error.allow}\r\n`;
  const length = String(Buffer.byteLength(body));
  socket.end(
    `HTTP/1.1 ${String(error.status)} ${reasonOf(error.status)}\r\nContent-Type: application/json\r\n` +
      `Content-Length: ${length}\r\n${allow}Connection: close\r\n\r\n${body}`,
    () => socket.destroy(),
  );
}

function errorOf(code: string | undefined): MatrixError {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return matrixError('M_TOO_LARGE', 431, 'The headers of the request are too large.');
    case 'HPE_CHUNK_EXTENSIONS_OVERFLOW':
      return matrixError('M_TOO_LARGE', 413, 'The chunk extensions of the request are too large.');
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return matrixError('M_UNKNOWN', 408, 'The request took too long to arrive.');
    default:
      return matrixError('M_UNRECOGNIZED', 400, 'This is no HTTP request.');
  }
}

const REASONS: ReadonlyMap<number, string> = new Map([
  [405, 'Method Not Allowed'],
  [408, 'Request Timeout'],
  [413, 'Content Too Large'],
  [431, 'Request Header Fields Too Large'],
]);

function reasonOf(status: number): string {
  return REASONS.get(status) ?? 'Bad Request';
}
