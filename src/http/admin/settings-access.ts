/** What the endpoints about settings have in common: the scope of a request, who it is about, what a change answers. */
import * as z from 'zod';
import { parseScope, type Scope } from '../../policy/settings/scope.ts';
import type { ChangeInput, ChangeOutcome, SettingsDirectory } from '../../policy/settings/settings-directory.ts';
import { nearestWord } from '../../config/nearest.ts';
import { matrixError } from '../errors.ts';
import { invalid, type Actor, type AdminAnswer, type AdminRequest } from './admin-endpoint.ts';

export interface SettingsDeps {
  readonly settings: SettingsDirectory;
}

const note = z.string().max(500).describe('Why, for those who read the history.');

/** Of changes whose body is the change itself. */
export const changeQuery = z.strictObject({
  note: note.optional(),
  dry_run: z.enum(['true', 'false']).optional().describe('`true`: tells what would change, and changes nothing.'),
});

export const changeFields = {
  note: note.optional(),
  dry_run: z.boolean().optional().describe('Tells what would change, and changes nothing.'),
};

const change = z.object({
  path: z.string().describe('Where in the document.'),
  old: z.unknown().optional().describe('What was there; left out where nothing was.'),
  new: z.unknown().optional().describe('What is there now; left out where nothing is.'),
});

export const changeList = z.array(change);

export const changeAnswer = z.object({
  scope: z.string(),
  revision: z.int().describe('The revision that counts now; the same as before where nothing changed.'),
  dry_run: z.boolean(),
  changes: changeList,
});

export type ChangeAnswer = z.infer<typeof changeAnswer>;

export function scopeParam(request: Pick<AdminRequest, 'params'>): Scope {
  const scope = parseScope(request.params['scope'] ?? '');
  if (scope !== undefined) return scope;
  const expected = 'instance, community/<id>, space/<room id> or room/<room id>';
  throw matrixError('M_INVALID_PARAM', 400, `The scope is none of ${expected}.`);
}

export function communityParam(request: Pick<AdminRequest, 'params'>): Extract<Scope, { kind: 'community' }> {
  const scope = parseScope(`community/${request.params['community'] ?? ''}`);
  if (scope?.kind !== 'community') throw matrixError('M_INVALID_PARAM', 400, 'That is no id of a community.');
  return scope;
}

/** For `communityOf` of endpoints whose path has a scope. */
export function communityOfScope(
  request: Pick<AdminRequest, 'params'>,
  { settings }: SettingsDeps,
): string | undefined {
  return settings.communityOf(scopeParam(request));
}

/** For `communityOf` of endpoints whose path has a community. */
export function communityOfPath(request: Pick<AdminRequest, 'params'>): string {
  return communityParam(request).id;
}

/** Who changes what, and on which revision that is based. */
export function changeOf(
  { actor, ifMatch }: Pick<AdminRequest, 'actor' | 'ifMatch'>,
  said: { readonly note?: string | undefined; readonly dry_run?: boolean | 'true' | 'false' | undefined },
): ChangeInput {
  return {
    author: actor.name,
    note: said.note ?? '',
    basedOn: ifMatch !== undefined && /^\d{1,15}$/.test(ifMatch) ? Number(ifMatch) : undefined,
    dryRun: said.dry_run === true || said.dry_run === 'true',
    mayClaimRooms: actor.community === undefined,
  };
}

/** What a change answers; throws the error that says why it was not made. */
export function answerOf(
  outcome: ChangeOutcome,
  scope: string,
  dryRun: boolean | undefined,
): AdminAnswer<ChangeAnswer> {
  if (outcome.ok) {
    const { revision, changes } = outcome;
    const body = { scope, revision, dry_run: dryRun === true, changes: [...changes] };
    return { body, revision: String(revision) };
  }
  const { reason } = outcome;
  switch (reason.type) {
    case 'invalid':
      throw invalid('settings', reason.errors);
    case 'conflict':
      throw matrixError(
        'ORG.GATEHOUSE.CONFLICT',
        412,
        `Somebody changed this meanwhile: it is at revision ${String(reason.revision)} now.`,
        { revision: reason.revision },
      );
    case 'readOnly':
      throw matrixError(
        'M_FORBIDDEN',
        403,
        `The community "${reason.community}" is declared in the configuration file: change it there and restart.`,
      );
    case 'claim':
      throw matrixError(
        'M_FORBIDDEN',
        403,
        `Only owners of the instance add rooms and spaces to a community: ${reason.rooms.join(', ')}`,
      );
    case 'exists':
      throw matrixError('ORG.GATEHOUSE.CONFLICT', 409, 'There is a community of this id already.');
    case 'unknown':
      throw matrixError('M_NOT_FOUND', 404, 'There is no such community, and no such revision.');
  }
}

/**
 * The scope, unless it is a community that does not exist: an empty answer about that would mislead. Those who look after
 * one community are told of no other.
 */
export function existing(scope: Scope, { settings }: SettingsDeps, actor: Actor): Scope {
  const isMissing = scope.kind === 'community' && settings.at(scope) === undefined;
  if (isMissing && (actor.community === undefined || actor.community === scope.id)) {
    throw noSuchCommunity(scope.id, settings, actor);
  }
  return scope;
}

/** The same for a community by which a list is narrowed. */
export function requireCommunity(id: string | undefined, deps: SettingsDeps, actor: Actor): void {
  if (id !== undefined) existing({ kind: 'community', id }, deps, actor);
}

export function noSuchCommunity(id: string, settings: SettingsDirectory, actor: Actor): Error {
  const near = actor.community === undefined ? nearestWord(id, settings.communities().keys()) : undefined;
  const hint = near === undefined ? '.' : `; did you mean "${near}"?`;
  return matrixError('M_NOT_FOUND', 404, `There is no community "${id}"${hint}`);
}
