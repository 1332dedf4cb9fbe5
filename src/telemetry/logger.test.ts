import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { describe, it } from 'node:test';
import { createLogger, logReady, type Logger, type LogOptions } from './logger.ts';

async function logged(options: LogOptions, write: (logger: Logger) => void, isTTY = false): Promise<string> {
  const stream = Object.assign(new PassThrough({ encoding: 'utf8' }), { isTTY });
  const chunks: string[] = [];
  stream.on('data', (chunk: string) => chunks.push(chunk));
  write(await createLogger(options, stream));
  for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  return chunks.join('');
}

describe('log', () => {
  it('has one JSON object per line, with the level as a word and the time as text', async () => {
    const text = await logged({ level: 'info' }, (logger) => {
      logger.debug('unseen');
      logger.warn({ roomId: '!a:b' }, 'two\nlines');
    });
    assert.equal(text.split('\n').length, 2);
    const { time, ...entry } = JSON.parse(text) as Record<string, unknown>;
    assert.deepEqual(entry, { level: 'warn', roomId: '!a:b', msg: 'two\nlines' });
    assert.match(String(time), /^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
  });

  it('keeps secrets out', async () => {
    const text = await logged({ level: 'info', format: 'json' }, (logger) => {
      logger.info({ authorization: 'X-Matrix s3cret', key: { seed: 's3cret', secretKey: 's3cret' } }, 'request');
    });
    assert.ok(!text.includes('s3cret'), text);
  });

  it('is text on a terminal and where configured', async () => {
    for (const [options, isTTY] of [
      [{ level: 'info' }, true],
      [{ level: 'info', format: 'pretty' }, false],
    ] as const) {
      const text = await logged(options, (logger) => logger.info({ rooms: 2 }, 'gatehouse ready'), isTTY);
      assert.match(text, /INFO.*gatehouse ready.*rooms/);
    }
  });

  it('tells that the server is ready whatever the level is', async () => {
    for (const level of ['info', 'warn', 'error'] as const) {
      const text = await logged({ level }, (logger) => {
        logReady(logger, { server_name: 'a.test' });
      });
      const { time, ...entry } = JSON.parse(text) as Record<string, unknown>;
      assert.deepEqual(entry, { level: 'info', server_name: 'a.test', msg: 'gatehouse ready' });
      assert.equal(typeof time, 'string');
    }
  });

  it('logs the stack of an error', async () => {
    const text = await logged({ level: 'info' }, (logger) => logger.error({ err: new Error('broken') }, 'failed'));
    assert.match(text, /"err":\{"type":"Error","message":"broken","stack":/);
  });
});
