import js from '@eslint/js';
import { defineConfig, globalIgnores } from 'eslint/config';
import tseslint from 'typescript-eslint';
import { gatehouse } from './scripts/lint/rules.js';

const everywhere = [
  { selector: 'ExportDefaultDeclaration', message: 'Export by name.' },
  { selector: 'ExportAllDeclaration', message: 'No barrels: import from the module that declares the name.' },
  { selector: 'ExportNamedDeclaration[source]', message: 'No barrels: import from the module that declares the name.' },
  {
    selector: 'TSAsExpression > TSAsExpression[typeAnnotation.type="TSUnknownKeyword"]',
    message: 'A cast through unknown hides a wrong type: check the value instead.',
  },
];

const inSource = [
  {
    selector:
      'BinaryExpression[operator=/^[!=]==?$/][left.property.name=/^(version|roomVersion|room_version)$/][right.type="Literal"]',
    message: 'Ask the room version table for the rule; do not compare version strings.',
  },
];

const idsAreParsedOnce = [
  {
    selector: 'CallExpression[callee.property.name="split"][arguments.0.value=":"]',
    message: 'Identifiers are parsed in src/protocol/ids: use parseUserId, serverNameOf and the like.',
  },
];

const environmentIsConfiguration = [
  {
    selector: 'MemberExpression[object.name="process"][property.name="env"]',
    message: 'The environment is read in src/config and handed in.',
  },
];

const protocolIsPure = [
  { selector: 'MemberExpression[object.name="Date"][property.name="now"]', message: 'Time comes as an argument.' },
  { selector: 'NewExpression[callee.name="Date"][arguments.length=0]', message: 'Time comes as an argument.' },
  { selector: 'MemberExpression[object.name="Math"][property.name="random"]', message: 'No randomness in protocol/.' },
  { selector: ':function[async=true]', message: 'protocol/ is synchronous.' },
  { selector: 'AwaitExpression', message: 'protocol/ is synchronous.' },
  { selector: 'ImportExpression', message: 'protocol/ loads nothing at run time.' },
];

const ambientThings = ['fetch', 'process', 'console', 'performance', 'setTimeout', 'setInterval', 'setImmediate'];

export default defineConfig(
  globalIgnores(['.cache/', 'dist/', 'coverage/', 'data/', 'vectors/']),
  {
    name: 'every file',
    files: ['**/*.{ts,js,mjs,cjs}', 'bin/gatehouse'],
    plugins: { gatehouse },
    extends: [js.configs.recommended],
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      'gatehouse/file-name': 'error',
      'max-lines': ['error', { max: 400 }],
      'max-lines-per-function': ['error', { max: 60 }],
      'no-warning-comments': ['error', { terms: ['todo', 'fixme', 'xxx', 'hack'], location: 'start' }],
      'no-constant-binary-expression': 'error',
      'no-restricted-syntax': ['error', ...everywhere, ...idsAreParsedOnce],
      'no-template-curly-in-string': 'error',
      'no-unreachable-loop': 'error',
      'no-var': 'error',
      'object-shorthand': 'error',
      'prefer-const': 'error',
      curly: ['error', 'multi-line'],
      eqeqeq: 'error',
    },
  },
  {
    name: 'typed files',
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      'gatehouse/type-name': 'error',
      'no-console': 'error',
      'no-shadow': 'off',
      '@typescript-eslint/no-shadow': 'error',
      '@typescript-eslint/return-await': ['error', 'always'],
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/consistent-type-exports': 'error',
      '@typescript-eslint/consistent-type-assertions': ['error', { assertionStyle: 'as' }],
      '@typescript-eslint/explicit-module-boundary-types': 'error',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      // Spreading a string into its code points is what the protocol asks for in places.
      '@typescript-eslint/no-misused-spread': ['error', { allow: ['string'] }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', caughtErrors: 'none' }],
      // A port is asynchronous even where one engine has nothing to wait for.
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/no-floating-promises': [
        'error',
        {
          allowForKnownSafeCalls: [
            {
              from: 'package',
              package: 'node:test',
              name: ['test', 'it', 'describe', 'suite', 'before', 'after', 'beforeEach', 'afterEach'],
            },
          ],
        },
      ],
    },
  },
  {
    name: 'source',
    files: ['src/**/*.ts'],
    rules: {
      'no-restricted-syntax': ['error', ...everywhere, ...inSource, ...idsAreParsedOnce, ...environmentIsConfiguration],
    },
  },
  {
    name: 'the environment is read here',
    files: ['src/config/**/*.ts', 'src/cli/**/*.ts', 'src/main.ts', 'src/**/*.test.ts'],
    rules: { 'no-restricted-syntax': ['error', ...everywhere, ...inSource, ...idsAreParsedOnce] },
  },
  {
    name: 'endpoint handlers',
    files: ['src/http/*/*.ts'],
    rules: { 'max-lines-per-function': ['error', { max: 40 }] },
  },
  {
    name: 'protocol is pure',
    files: ['src/protocol/**/*.ts'],
    ignores: ['**/*.test.ts'],
    rules: {
      'gatehouse/export-docstring': 'error',
      'no-restricted-syntax': ['error', ...everywhere, ...inSource, ...idsAreParsedOnce, ...protocolIsPure],
      'no-restricted-globals': [
        'error',
        ...ambientThings.map((name) => ({ name, message: 'protocol/ takes data as arguments.' })),
      ],
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            { regex: '^(?!\\.{1,2}/|node:crypto$|sodium-native$)', message: 'protocol/ imports nothing but itself.' },
          ],
          paths: [
            {
              name: 'node:crypto',
              importNames: ['randomBytes', 'randomInt', 'randomUUID', 'webcrypto', 'getRandomValues'],
              message: 'No randomness in protocol/.',
            },
          ],
        },
      ],
    },
  },
  {
    name: 'identifiers and room versions have their one place',
    files: ['src/protocol/ids/**/*.ts', 'src/protocol/ids.ts'],
    ignores: ['**/*.test.ts'],
    rules: { 'no-restricted-syntax': ['error', ...everywhere, ...inSource, ...protocolIsPure] },
  },
  {
    name: 'the room version table',
    files: ['src/protocol/room-versions.ts', 'src/protocol/room-versions/**/*.ts'],
    ignores: ['**/*.test.ts'],
    rules: { 'no-restricted-syntax': ['error', ...everywhere, ...idsAreParsedOnce, ...protocolIsPure] },
  },
  {
    name: 'ports state their contract',
    files: ['src/**/ports.ts', 'src/**/ports/*.ts'],
    rules: { 'gatehouse/export-docstring': ['error', { only: 'ports' }] },
  },
  {
    name: 'tests',
    files: ['**/*.test.ts', 'tests/**/*.ts'],
    rules: {
      'max-lines-per-function': 'off',
      '@typescript-eslint/no-non-null-assertion': 'off',
    },
  },
  {
    name: 'what talks to a terminal',
    files: ['src/cli/**/*.ts', 'scripts/**/*.ts', 'bench/**/*.ts', 'examples/**/*.ts'],
    rules: { 'no-console': 'off' },
  },
  {
    name: 'a reporter is handed to node:test as the default export',
    files: ['scripts/verify/reporter.ts'],
    rules: { 'no-restricted-syntax': 'off' },
  },
  {
    name: 'tool configuration and plain scripts',
    files: ['*.js', '*.cjs', '.*.cjs', 'scripts/**/*.{js,mjs}', 'bin/gatehouse'],
    languageOptions: {
      globals: { console: 'readonly', process: 'readonly', URL: 'readonly', module: 'writable' },
    },
    rules: { 'no-restricted-syntax': 'off', 'max-lines-per-function': 'off' },
  },
);
