// Who may import whom. The picture: protocol <- federation, rooms, policy <- http, cli; storage implements ports;
// server.ts wires everything. Type imports count as much as values.

const test = '\\.test\\.ts$';

/** A rule for what ships: tests may reach further than the code they test. */
function only(name, comment, folder, allowed) {
  return {
    name,
    comment,
    severity: 'error',
    from: { path: `^src/${folder}/`, pathNot: test },
    to: { path: '^src/', pathNot: allowed.map((part) => `^src/${part}`) },
  };
}

const ports = '(federation|rooms|policy)/((graph|memory|lists|settings|moderation|replay|retention)/)?ports(\\.ts$|/)';

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    { name: 'resolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
    {
      name: 'protocol-is-pure',
      comment: 'protocol/ imports nothing but itself, sodium-native and node:crypto.',
      severity: 'error',
      from: { path: '^src/protocol/', pathNot: test },
      to: { pathNot: ['^src/protocol/', 'node_modules/(@types/)?sodium-native/', '^(node:)?crypto$'] },
    },
    only('config-knows-little', 'config/ may import protocol/ and what the policy says of its settings.', 'config', [
      'config/',
      'protocol/',
      'policy/(filters|rules|settings|presets|lists)/',
    ]),
    only('telemetry-knows-little', 'telemetry/ may import config/ and protocol/.', 'telemetry', [
      'telemetry/',
      'config/',
      'protocol/',
    ]),
    ...['federation', 'rooms', 'policy'].map((folder) =>
      only(
        `${folder}-stands-alone`,
        `${folder}/ declares ports for what it needs of others; server.ts connects them.`,
        folder,
        [`${folder}/`, 'protocol/', 'telemetry/', 'config/'],
      ),
    ),
    only('storage-implements-ports', 'storage/ knows the ports of others and nothing else of them.', 'storage', [
      'storage/',
      'protocol/',
      'telemetry/',
      'config/',
      ports,
      // What the port of the verdicts speaks of.
      'policy/(verdict|answers)\\.ts$',
    ]),
    only('http-is-an-edge', 'http/ knows no engine, no command and no composition root.', 'http', [
      'http/',
      '(protocol|federation|rooms|policy|telemetry|config)/',
    ]),
    only('cli-is-an-edge', 'cli/ may start the server; it knows no engine and no endpoint.', 'cli', [
      'cli/',
      '(protocol|federation|rooms|policy|telemetry|config)/',
      'server\\.ts$',
    ]),
    {
      name: 'server-is-the-root',
      comment: 'Nothing imports server.ts but main.ts, cli/ and tests.',
      severity: 'error',
      from: { pathNot: ['^src/main\\.ts$', '^src/cli/', '^tests/', '^bench/', '^scripts/', test] },
      to: { path: '^src/server\\.ts$' },
    },
    {
      name: 'source-knows-no-tests',
      severity: 'error',
      from: { path: '^src/', pathNot: test },
      to: { path: ['^(tests|bench|scripts|examples)/', test] },
    },
    {
      name: 'no-development-dependencies-in-what-ships',
      severity: 'error',
      from: { path: '^src/', pathNot: test },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'], pathNot: 'node_modules/@types/' },
    },
    {
      name: 'no-orphans',
      comment: 'A module nobody imports and that imports nothing is left over.',
      severity: 'error',
      from: { orphan: true, path: '^(src|tests)/', pathNot: [test, '\\.d\\.ts$'] },
      to: {},
    },
    {
      name: 'no-unreachable-source',
      comment: 'What neither an entry point nor the tests of every engine lead to is dead code.',
      severity: 'error',
      from: { path: '^src/(main|cli/main)\\.ts$' },
      to: { path: '^src/', pathNot: [test, '^src/storage/memory/', '^src/main\\.ts$'], reachable: false },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(dist|\\.cache)/' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    combinedDependencies: false,
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default', 'types'] },
  },
};
