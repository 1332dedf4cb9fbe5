import * as z from 'zod';
import { extensionOf, isKnownExtension, isRunningExtension } from '../reading/file-types.ts';
import { normaliseText } from '../reading/normalised-text.ts';
import { defineFilter, excerpt, matchOf, NO_MATCH } from './filter.ts';
import { compileGlobList, globList } from './glob-list.ts';

const extensions = z
  .array(z.string().regex(/^\.?[^.\s/\\]{1,20}$/, { error: 'expected the ending of a file name such as "exe"' }))
  .max(1_000);

const settings = z.strictObject({
  names: globList
    .optional()
    .describe(
      'Globs over whole file names, in any case and with look-alike letters made the same, such as `*invoice*`.',
    ),
  extensions: extensions.optional().describe('Endings that match, such as `exe`.'),
  except_extensions: extensions
    .optional()
    .describe('Endings that are allowed: files with any other, or with none, match.'),
  executable: z
    .boolean()
    .default(false)
    .describe('Whether files match that run where they are opened: `exe`, `apk`, `js`, `sh`, `lnk`, and many more.'),
  disguised: z
    .boolean()
    .default(false)
    .describe(
      'Whether names match that hide what the file is: two endings of which the last runs (`a.pdf.exe`), spaces before the ending, letters that turn the direction of reading.',
    ),
});

type Settings = z.infer<typeof settings>;
type Fault = (name: string) => string | undefined;

export const fileName = defineFilter({
  name: 'file_name',
  summary: 'Files by their name or its ending. One setting that fits is enough.',
  settings: settings.refine(
    ({ names, extensions: listed, except_extensions: except, executable, disguised }) =>
      (names ?? listed ?? except) !== undefined || executable || disguised,
    { error: 'needs names, extensions, except_extensions, executable or disguised' },
  ),
  needs: [],
  readsContent: true,
  onFailure: 'skip',
  example: {
    settings: { extensions: ['exe', 'scr'] },
    matches: { content: { msgtype: 'm.file', body: 'Game.EXE', url: 'mxc://example.org/a' } },
    ignores: { content: { msgtype: 'm.file', body: 'game.exe.txt', url: 'mxc://example.org/a' } },
  },
  compile: (given) => {
    const faults = compileFaults(given);
    return (event) => {
      for (const { name, namePath } of event.media) {
        if (name === undefined || namePath === undefined) continue;
        for (const fault of faults) {
          const note = fault(name);
          if (note === undefined) continue;
          return matchOf({ path: namePath, span: { start: 0, end: name.length }, matched: excerpt(name), note });
        }
      }
      return NO_MATCH;
    };
  },
});

function compileFaults(given: Settings): readonly Fault[] {
  const faults: Fault[] = [];
  if (given.names !== undefined) {
    const listed = compileGlobList(given.names, { ignoreCase: true });
    faults.push((name) => {
      const glob = listed(name) ?? listed(normaliseText(name).text);
      return glob === undefined ? undefined : `listed as "${glob}"`;
    });
  }
  if (given.extensions !== undefined) faults.push(endingIn(setOf(given.extensions)));
  if (given.except_extensions !== undefined) faults.push(endingIn(setOf(given.except_extensions), true));
  if (given.executable) {
    faults.push((name) => {
      const extension = extensionOf(name);
      return extension !== undefined && isRunningExtension(extension)
        ? `runs where it is opened: .${extension}`
        : undefined;
    });
  }
  if (given.disguised) faults.push(disguise);
  return faults;
}

function setOf(list: readonly string[]): ReadonlySet<string> {
  return new Set(list.map((extension) => extension.replace(/^\./, '').toLowerCase()));
}

function endingIn(set: ReadonlySet<string>, isAllowed = false): Fault {
  return (name) => {
    const extension = extensionOf(name);
    if (isAllowed) return extension !== undefined && set.has(extension) ? undefined : 'not among the allowed endings';
    return extension !== undefined && set.has(extension) ? `ends in .${extension}` : undefined;
  };
}

/** Marks that turn the direction of reading: `gpj.exe` can be made to look like `exe.jpg`. */
const TURNED = /[\u202a-\u202e\u2066-\u2069]/;
const SPACED = /\s{3}\S*\.[^.\s]{1,20}\s*$/u;

function disguise(name: string): string | undefined {
  if (TURNED.test(name)) return 'its letters are not in the order in which they are shown';
  const extension = extensionOf(name);
  if (extension === undefined) return undefined;
  const before = name.trimEnd().slice(0, -extension.length - 1);
  const inner = extensionOf(before);
  if (inner !== undefined && inner !== extension && isKnownExtension(inner) && isRunningExtension(extension)) {
    return `looks like .${inner} and is .${extension}`;
  }
  return SPACED.test(name.slice(-256)) ? `spaces before .${extension}` : undefined;
}
