/** The rules in force in a room, ready to be asked. */
import { compileGlob, type GlobMatcher } from '../../protocol/glob.ts';
import { senderServer, type Facts } from '../facts.ts';
import type { CompileContext, OnFailure } from '../filters/filter.ts';
import type { EventReading } from '../reading/event-reading.ts';
import { errorsOfIssues, type SettingError } from '../settings/setting-error.ts';
import { readCondition, type Condition, type Truth } from './condition.ts';
import { ruleDocument, type Exemptions, type RuleDocument } from './rule-document.ts';

export interface CompiledRule {
  readonly name: string;
  readonly action: RuleDocument['action'];
  readonly mode: 'on' | 'shadow';
  readonly message: string;
  readonly harms: readonly string[];
  /** Overrides what the checks themselves say their failure means. */
  readonly onFailure: OnFailure | undefined;
  /** False for those who are exempt. */
  readonly applies: Condition;
}

export interface CompiledPolicy {
  /** Of the settings it was made of: verdicts made under the same settings carry the same one. */
  readonly fingerprint: string;
  /** In the order of asking; none is off. */
  readonly rules: readonly CompiledRule[];
}

/** Effective settings, as plain JSON. */
export interface PolicyDocument {
  /** Rules by name, as written. */
  readonly rules: ReadonlyMap<string, unknown>;
  readonly exempt: Exemptions;
  readonly wordLists: ReadonlyMap<string, readonly string[]>;
  /** As checks get it: `undefined` where any name will do. */
  readonly remoteChecks?: CompileContext['remoteChecks'];
}

export type CompileResult =
  | { readonly ok: true; readonly policy: CompiledPolicy }
  | { readonly ok: false; readonly errors: readonly SettingError[] };

export const NO_EXEMPTIONS: Exemptions = {};

/** Reads and prepares all rules; gives the mistakes of all of them at once. */
export function compilePolicy(document: PolicyDocument, fingerprint: string): CompileResult {
  const errors: SettingError[] = [];
  const rules: (CompiledRule & { readonly order: number })[] = [];
  for (const [name, written] of document.rules) {
    const compiled = compileRule(name, written, document);
    if (!compiled.ok) errors.push(...compiled.errors);
    else if (compiled.rule !== undefined) rules.push(compiled.rule);
  }
  if (errors.length > 0) return { ok: false, errors };
  rules.sort((a, b) => a.order - b.order || (a.name < b.name ? -1 : 1));
  return { ok: true, policy: { fingerprint, rules } };
}

type CompiledOne =
  | { readonly ok: true; readonly rule: (CompiledRule & { readonly order: number }) | undefined }
  | { readonly ok: false; readonly errors: readonly SettingError[] };

/** `undefined` for rules that are off, which are checked all the same. */
export function compileRule(
  name: string,
  written: unknown,
  { exempt, wordLists, remoteChecks }: Omit<PolicyDocument, 'rules'>,
): CompiledOne {
  const context: CompileContext = { wordLists, remoteChecks };
  const path = ['rules', name];
  const read = ruleDocument.safeParse(written);
  const when: unknown = typeof written === 'object' && written !== null && 'when' in written ? written.when : undefined;
  const condition = readCondition(when, [...path, 'when'], context);
  if (!read.success || !condition.ok) {
    const own = read.success ? [] : errorsOfIssues(read.error.issues, written, path, ruleDocument);
    return { ok: false, errors: [...own, ...(condition.ok ? [] : condition.errors)] };
  }
  const rule = read.data;
  if (rule.mode === 'off') return { ok: true, rule: undefined };
  const exemptFrom = exemptionOf(rule, exempt);
  return {
    ok: true,
    rule: {
      ...{ name, action: rule.action, mode: rule.mode, message: rule.message, harms: rule.harms, order: rule.order },
      onFailure: rule.on_failure,
      applies: (event, facts) => {
        const exemption = exemptFrom(event, facts);
        if (exemption === 'yes') return FALSE;
        const truth = condition.condition(event, facts);
        return truth.value === 'true' && exemption !== 'no' ? exemption : truth;
      },
    },
  };
}

const FALSE: Truth = { value: 'false' };

/** Whether the sender is exempt; a truth that is unknown where that cannot be said. */
type Exemption = (event: EventReading, facts: Facts) => 'yes' | 'no' | Extract<Truth, { value: 'unknown' }>;

function exemptionOf({ exempt }: RuleDocument, general: Exemptions): Exemption {
  if (exempt.nobody) return () => 'no';
  const tests = [testOf(general), testOf(exempt)].flat();
  return (event, facts) => {
    if (exempt.moderators && facts.senderIsModerator) return 'yes';
    let result: ReturnType<Exemption> = 'no';
    for (const test of tests) {
      const answer = test(event, facts);
      if (answer === 'yes') return 'yes';
      if (answer !== 'no') result = answer;
    }
    return result;
  };
}

function testOf({ users, servers, power_level: level, known_for: knownFor, messages }: Exemptions): Exemption[] {
  const tests: Exemption[] = [];
  if (level !== undefined) tests.push((_event, facts) => (facts.senderPowerLevel >= level ? 'yes' : 'no'));
  if (users !== undefined && users.length > 0) {
    const isListed = anyGlob(users);
    tests.push(({ pdu }) => (isListed(pdu.sender) ? 'yes' : 'no'));
  }
  if (servers !== undefined && servers.length > 0) {
    const isListed = anyGlob(servers);
    tests.push(({ pdu }) => (isListed(senderServer(pdu)) ? 'yes' : 'no'));
  }
  if (knownFor !== undefined || messages !== undefined) {
    tests.push((_event, facts) => hasHistory(facts, knownFor ?? 0, messages ?? 0));
  }
  return tests;
}

/** Where both are asked for, both are needed. */
function hasHistory(facts: Facts, knownFor: number, messages: number): ReturnType<Exemption> {
  const asked = facts.ask('person', { key: 'sender' });
  if (asked.state === 'pending') return { value: 'unknown', isPending: true, failures: [] };
  if (asked.state === 'failed') {
    const failure = { check: 'exempt', detail: asked.detail, means: 'busy' } as const;
    return { value: 'unknown', isPending: false, failures: [failure] };
  }
  const { firstSeenInCommunityAt: since, messagesInCommunity } = asked.value;
  return since !== null && facts.now - since >= knownFor && messagesInCommunity >= messages ? 'yes' : 'no';
}

function anyGlob(globs: readonly string[]): GlobMatcher {
  const matchers = globs.map((glob) => compileGlob(glob, { ignoreCase: false }));
  return (text) => matchers.some((matches) => matches(text));
}
