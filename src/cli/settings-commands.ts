/** The commands about communities and rules, in the order of the help. */
import type { Command } from 'commander';
import type { CommandIo } from './command-io.ts';
import { communityAddRoom } from './commands/community-add-room.ts';
import { communityAddSpace } from './commands/community-add-space.ts';
import { communityCreate } from './commands/community-create.ts';
import { communityDelete } from './commands/community-delete.ts';
import { communityDiff } from './commands/community-diff.ts';
import { communityHistory } from './commands/community-history.ts';
import { communityList } from './commands/community-list.ts';
import { communityRemoveRoom } from './commands/community-remove-room.ts';
import { communityRemoveSpace } from './commands/community-remove-space.ts';
import { communityRollback } from './commands/community-rollback.ts';
import { communityShow } from './commands/community-show.ts';
import { rulesApply } from './commands/rules-apply.ts';
import { rulesCheck } from './commands/rules-check.ts';
import { rulesChecks } from './commands/rules-checks.ts';
import { rulesDiff } from './commands/rules-diff.ts';
import { rulesEditMode } from './commands/rules-edit-mode.ts';
import { rulesExport } from './commands/rules-export.ts';
import { rulesHistory } from './commands/rules-history.ts';
import { rulesList } from './commands/rules-list.ts';
import { rulesPreset } from './commands/rules-preset.ts';
import { rulesRemove } from './commands/rules-remove.ts';
import { rulesRollback } from './commands/rules-rollback.ts';
import { rulesShadow } from './commands/rules-shadow.ts';
import { rulesSet } from './commands/rules-set.ts';
import { rulesShow } from './commands/rules-show.ts';

export function communityCommands(io: CommandIo): readonly Command[] {
  return [
    communityList(io),
    communityShow(io),
    communityCreate(io),
    communityDelete(io),
    communityAddRoom(io),
    communityRemoveRoom(io),
    communityAddSpace(io),
    communityRemoveSpace(io),
    communityHistory(io),
    communityDiff(io),
    communityRollback(io),
  ];
}

export function rulesCommands(io: CommandIo): readonly Command[] {
  return [
    rulesList(io),
    rulesShow(io),
    rulesSet(io),
    rulesRemove(io),
    rulesEditMode(io),
    rulesPreset(io),
    rulesCheck(io),
    rulesChecks(io),
    rulesShadow(io),
    rulesHistory(io),
    rulesDiff(io),
    rulesRollback(io),
    rulesExport(io),
    rulesApply(io),
  ];
}
