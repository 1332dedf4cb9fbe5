/** What the running process answers about settings: keys inside documents are those that people wrote. */
import { z } from 'zod';

export const communityList = z.looseObject({
  communities: z.array(
    z.looseObject({
      id: z.string(),
      name: z.string(),
      preset: z.string().optional(),
      rooms: z.number(),
      spaces: z.number(),
      rules: z.number(),
      revision: z.number(),
      read_only: z.boolean(),
    }),
  ),
});
export type CommunityListAnswer = z.output<typeof communityList>['communities'];

export const scopeSettings = z.looseObject({
  scope: z.string(),
  community: z.string().optional(),
  revision: z.number(),
  author: z.string().optional(),
  note: z.string().optional(),
  at: z.number().optional(),
  read_only: z.boolean(),
  settings: z.record(z.string(), z.unknown()),
});
export type ScopeAnswer = z.output<typeof scopeSettings>;

export const changeAnswer = z.looseObject({
  scope: z.string(),
  revision: z.number(),
  dry_run: z.boolean(),
  changes: z.array(z.looseObject({ path: z.string(), old: z.unknown().optional(), new: z.unknown().optional() })),
});
export type ChangeAnswer = z.output<typeof changeAnswer>;

export const diffAnswer = z.looseObject({
  scope: z.string(),
  from: z.number(),
  to: z.number(),
  changes: changeAnswer.shape.changes,
});

export const historyAnswer = z.looseObject({
  scope: z.string(),
  revisions: z.array(
    z.looseObject({
      revision: z.number(),
      author: z.string(),
      note: z.string(),
      at: z.number(),
      deleted: z.boolean(),
      changed: z.array(z.string()),
    }),
  ),
});
export type HistoryAnswer = z.output<typeof historyAnswer>['revisions'];

export const checkAnswer = z.looseObject({
  ok: z.boolean(),
  errors: z.array(z.looseObject({ path: z.string(), message: z.string() })),
});

const rule = z.looseObject({
  description: z.string().optional(),
  action: z.string().optional(),
  mode: z.string().optional(),
  order: z.number().optional(),
});

export const effectiveSettings = z.looseObject({
  scope: z.string(),
  community: z.string().optional(),
  layers: z.array(z.string()),
  preset: z.looseObject({ name: z.string(), origin: z.string() }).optional(),
  fingerprint: z.string(),
  settings: z.looseObject({
    rules: z.record(z.string(), rule),
    lists: z.record(z.string(), z.record(z.string(), z.unknown())).default({}),
  }),
  origins: z.record(z.string(), z.string()),
  without_effect: z.array(z.looseObject({ origin: z.string(), rule: z.string() })),
});
export type EffectiveAnswer = z.output<typeof effectiveSettings>;

export const checkList = z.looseObject({
  checks: z.array(
    z.looseObject({
      name: z.string(),
      summary: z.string(),
      needs: z.array(z.string()),
      reads_content: z.boolean(),
      on_failure: z.string(),
      settings: z.looseObject({
        properties: z.record(z.string(), z.looseObject({ description: z.string().optional() })).optional(),
      }),
      example: z.looseObject({ settings: z.record(z.string(), z.unknown()) }),
    }),
  ),
});
export type CheckListAnswer = z.output<typeof checkList>['checks'];

export const presetList = z.looseObject({
  presets: z.array(z.looseObject({ name: z.string(), summary: z.string(), rules: z.record(z.string(), rule) })),
});
export type PresetListAnswer = z.output<typeof presetList>['presets'];
