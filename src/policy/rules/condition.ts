/**
 * Conditions: boolean trees over checks. An object with one key: `all`, `any` (lists), `not`, `score`, or the name of a
 * check with its settings. What cannot be found out is neither true nor false (Kleene's logic), so that the failure of a
 * check never makes a rule apply by way of `not`.
 */
import * as z from 'zod';
import { formatPath } from '../../config/mistakes.ts';
import { nearestWord } from '../../config/nearest.ts';
import { errorsOfIssues, type SettingError } from '../settings/setting-error.ts';
import type { Facts } from '../facts.ts';
import type { Check, CompileContext, DefinedFilter, OnFailure } from '../filters/filter.ts';
import { FILTERS, filterNamed } from '../filters/registry.ts';
import type { EventReading } from '../reading/event-reading.ts';
import type { Evidence } from '../verdict.ts';

export interface CheckFailure {
  readonly check: string;
  readonly detail: string;
  /** What the check itself says its failure means. */
  readonly means: OnFailure;
}

export type Truth =
  | { readonly value: 'false' }
  | { readonly value: 'true'; readonly evidence: readonly Evidence[] }
  | { readonly value: 'unknown'; readonly isPending: boolean; readonly failures: readonly CheckFailure[] };

export type Condition = (event: EventReading, facts: Facts) => Truth;

export type ReadCondition =
  | { readonly ok: true; readonly condition: Condition; readonly checks: ReadonlySet<DefinedFilter> }
  | { readonly ok: false; readonly errors: readonly SettingError[] };

type Path = readonly (string | number)[];

const MAX_DEPTH = 16;
const MAX_CONDITIONS = 1_000;

const scoreSettings = z.strictObject({
  threshold: z.number().positive(),
  of: z
    .array(z.strictObject({ weight: z.number().positive(), when: z.unknown() }))
    .min(1)
    .max(100),
});

/** Reads a condition; gives all of its mistakes at once. */
export function readCondition(value: unknown, path: Path, context: CompileContext): ReadCondition {
  const reader = new ConditionReader(context);
  const condition = reader.read(value, path, 0);
  if (condition === undefined || reader.errors.length > 0) return { ok: false, errors: reader.errors };
  return { ok: true, condition, checks: reader.checks };
}

/** In the place of a condition that cannot be read. */
const WRONG = undefined;

class ConditionReader {
  readonly errors: SettingError[] = [];
  readonly checks = new Set<DefinedFilter>();
  readonly #context: CompileContext;
  #count = 0;

  constructor(context: CompileContext) {
    this.#context = context;
  }

  read(value: unknown, path: Path, depth: number): Condition | undefined {
    this.#count += 1;
    if (this.#count > MAX_CONDITIONS) {
      if (this.#count === MAX_CONDITIONS + 1) {
        this.#fail(
          path,
          `one rule may have ${String(MAX_CONDITIONS)} conditions at most, those within others included`,
        );
      }
      return;
    }
    if (depth > MAX_DEPTH) {
      this.#fail(path, `conditions may be nested ${String(MAX_DEPTH)} deep at most`);
      return;
    }
    const entries: [string, unknown][] =
      typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.entries(value) : [];
    const [entry, another] = entries;
    if (entry === undefined || another !== undefined) {
      const together = `, found ${entries.map(([name]) => name).join(' and ')}: combine them with all or any`;
      const found = another === undefined ? '' : together;
      this.#fail(path, `expected one of all, any, not, score, or one check with its settings${found}`);
      return;
    }
    const [name, inner] = entry;
    const innerPath = [...path, name];
    switch (name) {
      case 'all':
        return combine(this.#readList(inner, innerPath, depth), all);
      case 'any':
        return combine(this.#readList(inner, innerPath, depth), any);
      case 'not': {
        const negated = this.read(inner, innerPath, depth + 1);
        return negated && not(negated);
      }
      case 'score':
        return this.#readScore(inner, innerPath, depth);
      default:
        return this.#readCheck(name, inner, innerPath);
    }
  }

  #readList(value: unknown, path: Path, depth: number): readonly Condition[] | undefined {
    if (!Array.isArray(value) || value.length === 0) {
      this.#fail(path, 'expected a list of conditions');
      return;
    }
    return whole(value.map((item: unknown, index) => this.read(item, [...path, index], depth + 1)));
  }

  #readScore(value: unknown, path: Path, depth: number): Condition | undefined {
    const settings = scoreSettings.safeParse(value);
    const parts = partsIn(value).map(([index, when]) => this.read(when, [...path, 'of', index, 'when'], depth + 1));
    if (!settings.success) {
      this.#failAll(errorsOfIssues(settings.error.issues, value, path, scoreSettings));
      return;
    }
    const { threshold, of } = settings.data;
    const conditions = whole(parts);
    return (
      conditions &&
      score(
        threshold,
        conditions.map((condition, index) => ({ condition, weight: of[index]?.weight ?? 0 })),
      )
    );
  }

  #readCheck(name: string, value: unknown, path: Path): Condition | undefined {
    const filter = filterNamed(name);
    if (filter === undefined) {
      const near = nearestWord(name, [...FILTERS.map((known) => known.name), 'all', 'any', 'not', 'score']);
      this.#fail(path, `no such check${near === undefined ? '' : `; did you mean "${near}"?`}`);
      return;
    }
    const prepared = filter.prepare(value ?? {}, this.#context);
    if (!prepared.ok) {
      this.#failAll(errorsOfIssues(prepared.issues, value, path, filter.settings));
      return;
    }
    this.checks.add(filter);
    return checkCondition(filter, prepared.check);
  }

  #fail(path: Path, message: string): typeof WRONG {
    this.#failAll([{ path: formatPath(path), message }]);
  }

  #failAll(errors: readonly SettingError[]): typeof WRONG {
    this.errors.push(...errors);
    return WRONG;
  }
}

/** Conditions of a score by their place, also where it has other mistakes: all are told of at once. */
function partsIn(value: unknown): readonly (readonly [index: number, when: unknown])[] {
  if (typeof value !== 'object' || value === null || !('of' in value) || !Array.isArray(value.of)) return [];
  return [...value.of.entries()].flatMap(([index, part]: [number, unknown]) =>
    typeof part === 'object' && part !== null && 'when' in part ? [[index, part.when] as const] : [],
  );
}

function whole<T>(items: readonly (T | undefined)[]): readonly T[] | undefined {
  const there = items.filter((item) => item !== undefined);
  return there.length === items.length ? there : undefined;
}

function combine(
  conditions: readonly Condition[] | undefined,
  how: (conditions: readonly Condition[]) => Condition,
): Condition | undefined {
  return conditions && how(conditions);
}

const FALSE: Truth = { value: 'false' };
const NO_EVIDENCE: readonly Evidence[] = [];
/** No failure: a rule that rests on what is encrypted does not apply, whatever it says of failures. */
const HIDDEN: Truth = { value: 'unknown', isPending: false, failures: [] };
const PENDING: Truth = { value: 'unknown', isPending: true, failures: [] };

function checkCondition(filter: DefinedFilter, check: Check): Condition {
  return (event, facts) => {
    if (filter.readsContent && event.isEncrypted) return HIDDEN;
    try {
      const result = check(event, facts);
      switch (result.matched) {
        case 'no':
          return FALSE;
        case 'yes':
          return { value: 'true', evidence: result.evidence.map((one) => ({ check: filter.name, ...one })) };
        case 'pending':
          return PENDING;
        case 'failed':
          return unknownBecause(filter, result.detail, filter.onFailure);
      }
    } catch (error) {
      return unknownBecause(filter, error instanceof Error ? error.message : 'failed', filter.onFailure);
    }
  };
}

function unknownBecause(filter: DefinedFilter, detail: string, means: OnFailure): Truth {
  return { value: 'unknown', isPending: false, failures: [{ check: filter.name, detail, means }] };
}

function all(conditions: readonly Condition[]): Condition {
  return (event, facts) => {
    let evidence: readonly Evidence[] = NO_EVIDENCE;
    let unknown: Extract<Truth, { value: 'unknown' }> | undefined;
    for (const condition of conditions) {
      const truth = condition(event, facts);
      if (truth.value === 'false') return FALSE;
      if (truth.value === 'true') evidence = evidence.length === 0 ? truth.evidence : [...evidence, ...truth.evidence];
      else unknown = joined(unknown, truth);
    }
    return unknown ?? { value: 'true', evidence };
  };
}

function any(conditions: readonly Condition[]): Condition {
  return (event, facts) => {
    let unknown: Extract<Truth, { value: 'unknown' }> | undefined;
    for (const condition of conditions) {
      const truth = condition(event, facts);
      if (truth.value === 'true') return truth;
      if (truth.value === 'unknown') unknown = joined(unknown, truth);
    }
    return unknown ?? FALSE;
  };
}

function not(condition: Condition): Condition {
  return (event, facts) => {
    const truth = condition(event, facts);
    if (truth.value === 'unknown') return truth;
    return truth.value === 'true' ? FALSE : { value: 'true', evidence: [] };
  };
}

function score(threshold: number, parts: readonly { condition: Condition; weight: number }[]): Condition {
  return (event, facts) => {
    const evidence: Evidence[] = [];
    let sum = 0;
    let open = 0;
    let unknown: Extract<Truth, { value: 'unknown' }> | undefined;
    for (const { condition, weight } of parts) {
      const truth = condition(event, facts);
      if (truth.value === 'unknown') {
        unknown = joined(unknown, truth);
        open += weight;
      } else if (truth.value === 'true') {
        sum += weight;
        evidence.push(...truth.evidence);
      }
    }
    if (sum >= threshold) return { value: 'true', evidence };
    // What is not known may matter only where it could still reach the threshold.
    return unknown !== undefined && sum + open >= threshold ? unknown : FALSE;
  };
}

function joined(
  one: Extract<Truth, { value: 'unknown' }> | undefined,
  other: Extract<Truth, { value: 'unknown' }>,
): Extract<Truth, { value: 'unknown' }> {
  if (one === undefined) return other;
  return {
    value: 'unknown',
    isPending: one.isPending || other.isPending,
    failures: [...one.failures, ...other.failures],
  };
}
