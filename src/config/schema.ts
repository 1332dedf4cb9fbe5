/** Every setting: its type, default, unit and description. The reference in docs/ is generated from this file. */
import { z } from 'zod';
import { filterSettings } from '../policy/filters/configured.ts';
import { duration } from '../policy/filters/quantities.ts';
import { communityId, declaredCommunity, layerDocument } from '../policy/settings/layer-document.ts';
import { isIPv4, isIPv6 } from '../protocol/ids/ip-literal.ts';
import { parseServerName, type ServerName } from '../protocol/ids/server-name.ts';
import { parseUserId, type UserId } from '../protocol/ids/user-id.ts';
import { remoteChecks } from './remote-checks.ts';

const serverName = parsed<ServerName>(parseServerName, 'a server name such as "example.org" or "example.org:8448"');
const userId = parsed<UserId>(parseUserId, 'a user id such as "@alice:example.org"');
const file = z.string().min(1);

const network = z.string().refine(isNetwork, { error: 'expected a network such as "10.0.0.0/8" or "::1/128"' });

const webAddress = z
  .string()
  .refine((text) => URL.canParse(text) && /^https?:/i.test(text), { error: 'expected an http or https address' });

const localpart = z
  .string()
  .max(200)
  .regex(/^[a-z0-9._=\-/+]+$/, {
    error: 'expected a localpart of the characters a-z 0-9 . _ = - / +',
  });

const database = z
  .string()
  .transform((text, context) => {
    if (text === 'sqlite') return 'sqlite' as const;
    const message = /^postgres(?:ql)?:/i.test(text)
      ? 'PostgreSQL is not in this version: use "sqlite"'
      : 'expected "sqlite"';
    context.addIssue({ code: 'custom', message });
    return z.NEVER;
  })
  .prefault('sqlite');

const tls = z.union([
  z.strictObject({
    certificate: file.meta({ description: 'PEM file with the certificate and its chain' }),
    private_key: file.meta({ description: 'PEM file with the private key, readable by its owner alone' }),
  }),
  z.literal('self-signed'),
]);

const listener = z.strictObject({
  host: z.string().min(1).meta({ description: 'address or name to listen on; "::" and "0.0.0.0" are all addresses' }),
  port: z.int().min(0).max(65535).meta({ description: 'TCP port; 0 lets the system choose one' }),
  tls: tls.optional().meta({
    description:
      'certificate and private key, or "self-signed" to make one in the data folder; leave out behind a proxy',
  }),
});

const federation = z.strictObject({
  verify_certificates: z
    .boolean()
    .default(true)
    .meta({ description: 'check the TLS certificates of other servers; false is for tests alone' }),
  allowed_networks: z.array(network).default([]).meta({
    description: 'private or loopback networks that requests to other servers may reach all the same',
  }),
  key_servers: z
    .array(serverName)
    .default([])
    .meta({ description: "servers to ask for another server's keys when that one cannot be reached" }),
});

const bot = z.strictObject({
  localpart: localpart.default('gatehouse').meta({ description: 'the part of the bot’s user id before the colon' }),
  accept_invites_from: z
    .array(z.string().min(1))
    .default(['*'])
    .meta({ description: 'globs on user ids: whose invites the bot follows' }),
});

const admin = z.strictObject({
  listen: z
    .array(
      listener.extend({
        host: z
          .string()
          .min(1)
          .default('127.0.0.1')
          .meta({ description: 'address or name to listen on; only this machine where it is left out' }),
      }),
    )
    .default([])
    .meta({
      description: 'where the admin API and /metrics are served: a list of port, host and tls; nowhere by default',
    }),
});

const log = z.strictObject({
  level: z
    .enum(['trace', 'debug', 'info', 'warn', 'error'])
    .default('info')
    .meta({ description: 'the least severe messages that are written; that the server is ready is always told' }),
  format: z.enum(['json', 'pretty']).optional().meta({
    description: 'one JSON object per line, or coloured text',
    fallback: '"pretty" on a terminal, else "json"',
  }),
});

const limits = z.strictObject({
  requests_per_second: z
    .int()
    .min(1)
    .default(20_000)
    .meta({ description: 'sustained rate of requests of one origin server', unit: 'requests per second' }),
  burst: z
    .int()
    .min(1)
    .default(40_000)
    .meta({ description: 'requests that one origin server may send at once', unit: 'requests' }),
  in_flight: z
    .int()
    .min(1)
    .default(512)
    .meta({ description: 'requests of one origin server that are worked on at a time', unit: 'requests' }),
});

const contact = z
  .strictObject({
    role: z.string().min(1).meta({ description: '"m.role.admin", "m.role.security" or a role of your own' }),
    matrix_id: userId.optional().meta({ description: 'user id to write to' }),
    email_address: z.email().optional().meta({ description: 'email address to write to' }),
  })
  .refine((value) => value.matrix_id !== undefined || value.email_address !== undefined, {
    error: 'expected matrix_id, email_address or both',
  });

const support = z
  .strictObject({
    contacts: z.array(contact).min(1).optional().meta({ description: 'who to turn to' }),
    support_page: webAddress.optional().meta({ description: 'page with help for users' }),
  })
  .refine((value) => value.contacts !== undefined || value.support_page !== undefined, {
    error: 'expected contacts, support_page or both',
  });

const wellKnown = z.strictObject({
  server: serverName.optional().meta({
    description: 'host and port that /.well-known/matrix/server names',
    fallback: 'server_name with its port, or with port 443',
  }),
  support: support.optional().meta({
    description: 'contents of /.well-known/matrix/support: contacts and support_page',
    fallback: 'the document is not served',
  }),
});

const retention = z.strictObject({
  events: duration.prefault('30d').meta({
    description: 'content of judged events, and what verdicts quote of it; verdicts themselves are kept for ever',
  }),
});

const policyLists = z.strictObject({
  max_rooms: z.int().min(1).max(10_000).default(50).meta({
    description:
      'rooms of policy lists that one community may have the bot in; what the owner subscribes to is not counted',
    unit: 'rooms',
  }),
});

/** Rules are kept as they are written: the fields that a layer leaves out come from farther ones. */
const layer = asWritten(layerDocument);
const community = asWritten(declaredCommunity);

const DEFAULT_LISTENER = { host: 'localhost', port: 8448, tls: 'self-signed' as const };

export const configSchema = z.strictObject({
  server_name: serverName.meta({
    description: 'the name by which other servers know this one; it can never change',
    fallback: '"localhost:8448" where there is no configuration file, else required',
  }),
  listen: z
    .array(listener)
    .min(1)
    .default([DEFAULT_LISTENER])
    .meta({ description: 'where to listen: a list of host, port and tls' }),
  data_dir: file
    .default('./data')
    .meta({ description: 'folder for keys, database and control socket; relative to the configuration file' }),
  database: database.meta({
    description: 'where data is kept; "sqlite" is a file in the data folder',
    fallback: '"sqlite"',
  }),
  federation: federation.prefault({}).meta({ description: 'requests to other servers' }),
  bot: bot.prefault({}).meta({ description: 'the user that joins rooms' }),
  admin: admin.prefault({}).meta({ description: 'the admin API, apart from what other servers see' }),
  log: log.prefault({}).meta({ description: 'the log on standard output' }),
  limits: limits.prefault({}).meta({ description: 'limits per origin server' }),
  well_known: wellKnown.prefault({}).meta({ description: 'documents below /.well-known/matrix' }),
  retention: retention.prefault({}).meta({ description: 'how long what people have said is kept' }),
  policy_lists: policyLists.prefault({}).meta({ description: 'rooms that say who is to be kept out' }),
  filters: filterSettings.prefault({}).meta({ description: 'the rules that events are checked against' }),
  remote_checks: remoteChecks.default({}).meta({
    description: 'programs that rules may ask about events, by name',
  }),
  policy: layer
    .prefault({})
    .meta({ description: 'settings for every room, farther than all that are made at run time' }),
  communities: z
    .record(communityId, community)
    .default({})
    .meta({ description: 'communities that only this file changes, by id, with settings of their spaces and rooms' }),
});

/** The settings of a running server. Keys are those of the file; paths are absolute. */
export type Config = z.output<typeof configSchema>;
export type ListenerConfig = Config['listen'][number];
export type TlsConfig = NonNullable<ListenerConfig['tls']>;
export type LogConfig = Config['log'];

/** A string that a parser of identifiers accepts, with the parser's type. */
function parsed<T>(
  parse: (text: string) => T | undefined,
  expected: string,
): z.ZodPipe<z.ZodString, z.ZodTransform<T>> {
  return z.string().transform((text, context): T => {
    const value = parse(text);
    if (value !== undefined) return value;
    context.addIssue({ code: 'custom', message: `expected ${expected}` });
    return z.NEVER;
  });
}

/** Checked by a schema and kept without what that would fill in or convert. */
function asWritten<T extends z.ZodType>(schema: T): z.ZodType<z.input<T>, z.input<T>> {
  const described = new Map<string, unknown>(
    Object.entries(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' })),
  );
  described.delete('$schema');
  const checked = z.any().superRefine((value, context) => {
    for (const issue of schema.safeParse(value).error?.issues ?? []) {
      context.addIssue({ ...issue, path: [...issue.path] });
    }
  });
  return checked.meta(Object.fromEntries(described));
}

function isNetwork(text: string): boolean {
  const [address = '', bits = '', ...rest] = text.split('/');
  if (rest.length > 0 || !/^\d{1,3}$/.test(bits)) return false;
  return (isIPv4(address) && Number(bits) <= 32) || (isIPv6(address) && Number(bits) <= 128);
}
