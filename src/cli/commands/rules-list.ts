/** `gatehouse rules list`: what is in force, and which layer says so. */
import type { Command } from 'commander';
import { printSettings } from '../ask-settings.ts';
import type { CommandIo } from '../command-io.ts';
import { ownerCommand } from '../options.ts';
import type { OwnerOptions } from '../owner-options.ts';
import { scopeGiven, withScope, type ScopeOptions } from '../scope-options.ts';

export function rulesList(io: CommandIo): Command {
  return withScope(
    ownerCommand('list', 'list the rules in force, in their order, with the layers they come from'),
  ).action(async (options: OwnerOptions & ScopeOptions) => {
    const { effectiveSettings } = await import('../settings-answers.ts');
    const { describeRules } = await import('../settings-text.ts');
    const path = `settings/${encodeURIComponent(scopeGiven(options) ?? 'instance')}/effective`;
    await printSettings(io, options, { method: 'GET', path, answer: effectiveSettings, describe: describeRules });
  });
}
