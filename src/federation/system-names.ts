import { lookup, Resolver } from 'node:dns/promises';
import { errorCode } from './federation-error.ts';
import type { NameResolver } from './ports.ts';

const NO_RECORD: ReadonlySet<string> = new Set(['ENOTFOUND', 'ENODATA', 'ENONAME', 'EBADNAME']);

/** Names as this machine has them: addresses with its hosts file, services from DNS. */
export function createSystemNames(): NameResolver {
  const resolver = new Resolver({ timeout: 2500, tries: 2 });
  return {
    async addresses(host) {
      const found = await lookup(host, { all: true, order: 'verbatim' });
      return found.map(({ address, family }) => ({ address, family: family === 6 ? 6 : 4 }));
    },
    async services(name) {
      try {
        const records = await resolver.resolveSrv(name);
        return records.map((record) => ({
          target: record.name === '' ? '.' : record.name,
          port: record.port,
          priority: record.priority,
          weight: record.weight,
        }));
      } catch (error) {
        if (NO_RECORD.has(errorCode(error))) return [];
        throw error;
      }
    },
  };
}
