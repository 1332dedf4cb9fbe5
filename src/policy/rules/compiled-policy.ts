/** The rules in force in a room, ready to be asked. */
import { senderServer, type Facts } from '../facts.ts';
import type { CompileContext, FactName, OnFailure } from '../filters/filter.ts';
import { compileGlobList, compileServerGlobs } from '../filters/glob-list.ts';
import { SENDER } from '../questions.ts';
import type { EventReading } from '../reading/event-reading.ts';
import { errorsOfIssues, type SettingError } from '../settings/setting-error.ts';
import { readCondition, type Condition, type ReadCondition, type Truth } from './condition.ts';
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
      applies: applying(condition, exemptFrom),
    },
  };
}

/**
 * The exempt are found first, but for those with a history where the condition asks nobody: mostly it is false, and then
 * nothing about the sender has to be known.
 */
function applying({ condition, checks }: Extract<ReadCondition, { ok: true }>, exempt: Exempt): Condition {
  const asksNobody = [...checks].every(({ needs }) => needs.every((need) => PLAIN_NEEDS.has(need)));
  return (event, facts) => {
    if (exempt.plainly(event, facts)) return FALSE;
    if (exempt.byHistory === undefined) return condition(event, facts);
    if (!asksNobody) {
      const exemption = exempt.byHistory(facts);
      return exemption === 'yes' ? FALSE : unlessExempt(exemption, condition(event, facts));
    }
    const truth = condition(event, facts);
    return truth.value === 'false' ? truth : unlessExempt(exempt.byHistory(facts), truth);
  };
}

function unlessExempt(exemption: Exemption, truth: Truth): Truth {
  if (exemption === 'yes') return FALSE;
  return truth.value === 'true' && exemption !== 'no' ? exemption : truth;
}

/** What is known of every event without asking. */
const PLAIN_NEEDS: ReadonlySet<FactName> = new Set(['power_level', 'membership', 'time']);

const FALSE: Truth = { value: 'false' };

/** Whether the sender is exempt; a truth that is unknown where that cannot be said. */
type Exemption = 'yes' | 'no' | Extract<Truth, { value: 'unknown' }>;

interface Exempt {
  /** By what is known without asking. */
  readonly plainly: (event: EventReading, facts: Facts) => boolean;
  /** `undefined` where no history exempts anybody. */
  readonly byHistory: ((facts: Facts) => Exemption) | undefined;
}

function exemptionOf({ exempt }: RuleDocument, general: Exemptions): Exempt {
  if (exempt.nobody) return { plainly: () => false, byHistory: undefined };
  const tests = [general, exempt].flatMap(plainTests);
  const histories = [general, exempt].flatMap(historyTest);
  return {
    plainly: (event, facts) => {
      if (exempt.moderators && facts.senderIsModerator) return true;
      for (const test of tests) if (test(event, facts)) return true;
      return false;
    },
    byHistory: histories.length === 0 ? undefined : (facts) => firstOf(histories, facts),
  };
}

function firstOf(histories: readonly ((facts: Facts) => Exemption)[], facts: Facts): Exemption {
  let result: Exemption = 'no';
  for (const history of histories) {
    const answer = history(facts);
    if (answer === 'yes') return 'yes';
    if (answer !== 'no') result = answer;
  }
  return result;
}

function plainTests({ users, servers, power_level: level }: Exemptions): Exempt['plainly'][] {
  const tests: Exempt['plainly'][] = [];
  if (level !== undefined) tests.push((_event, facts) => facts.senderPowerLevel >= level);
  if (users !== undefined && users.length > 0) {
    const findUser = compileGlobList(users, { ignoreCase: false });
    tests.push(({ pdu }) => findUser(pdu.sender) !== undefined);
  }
  if (servers !== undefined && servers.length > 0) {
    const findServer = compileServerGlobs(servers);
    tests.push(({ pdu }) => findServer(senderServer(pdu)) !== undefined);
  }
  return tests;
}

function historyTest({ known_for: knownFor, messages }: Exemptions): ((facts: Facts) => Exemption)[] {
  if (knownFor === undefined && messages === undefined) return [];
  return [(facts) => hasHistory(facts, knownFor ?? 0, messages ?? 0)];
}

/** Where both are asked for, both are needed. */
function hasHistory(facts: Facts, knownFor: number, messages: number): Exemption {
  const asked = facts.ask('person', SENDER);
  if (asked.state === 'pending') return { value: 'unknown', isPending: true, failures: [] };
  if (asked.state === 'failed') {
    const failure = { check: 'exempt', detail: asked.detail, means: 'busy' } as const;
    return { value: 'unknown', isPending: false, failures: [failure] };
  }
  const { firstSeenInCommunityAt: since, messagesInCommunity } = asked.value;
  return since !== null && facts.now - since >= knownFor && messagesInCommunity >= messages ? 'yes' : 'no';
}
