/** Every metric in one place. No label ever names a room, a user or a server. */
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
/** Communities name their rules themselves: beyond so many names the rest is counted together. */
const MAX_RULE_NAMES = 500;

/** What is read when somebody asks for the metrics. */
export interface Levels {
  readonly rooms: Readonly<Record<string, number>>;
  readonly queueWaiting: number;
  readonly outboxDestinations: number;
  readonly storage: {
    readonly writes: number;
    readonly failures: number;
    readonly waiting: number;
  };
}

export interface RemoteCall {
  /** As the configuration names it. */
  readonly endpoint: string;
  readonly kind: string;
  readonly outcome: 'answered' | 'failed' | 'late' | 'left_alone' | 'crowded';
}

export class Metrics {
  readonly #registry = new Registry();
  readonly #ruleNames = new Set<string>();
  readonly #decisions = this.#counter('decisions_total', 'Verdicts, by outcome and the rule that decided.', [
    'outcome',
    'rule',
  ]);
  readonly #flags = this.#counter('flags_total', 'Events that a rule wants people to look at.', ['rule']);
  readonly #shadow = this.#counter('shadow_matches_total', 'What rules in shadow would have done.', ['rule', 'action']);
  readonly #signs = this.#histogram('sign_seconds', 'Time to answer one request of /sign.', ['result']);
  readonly #answers = this.#histogram(
    'answer_seconds',
    'Time until a question that rules ask was answered, where it was not answered at once.',
    ['question'],
  );
  readonly #answerFailures = this.#counter('answer_failures_total', 'Questions of rules that got no answer.', [
    'question',
  ]);
  readonly #checkFailures = this.#counter(
    'check_failures_total',
    'Checks that failed where a rule needed them, by what that meant: skip (the rule was left out), refuse, busy (no verdict).',
    ['check', 'meaning'],
  );
  readonly #unlogged = this.#counter(
    'actions_not_logged_total',
    'What was done and could not be entered in the log of actions.',
    ['action'],
  );
  readonly #remoteCalls = this.#counter(
    'remote_calls_total',
    'Calls of remote checks: answered, failed, late (and counted again once they end), left_alone (not made, after failures in a row), crowded (not made, as too many waited).',
    ['endpoint', 'kind', 'outcome'],
  );
  readonly #remoteSeconds = this.#histogram(
    'remote_call_seconds',
    'Time until a remote check answered or failed, late ones included.',
    ['endpoint', 'kind'],
  );
  readonly #rooms = this.#gauge('rooms', 'Rooms of the bot.', ['membership']);
  readonly #queue = this.#gauge('queue_waiting', 'Flagged events and appeals that wait for people.', []);
  readonly #outbox = this.#gauge('outbox_destinations', 'Servers for which events wait.', []);
  readonly #writesWaiting = this.#gauge('storage_writes_waiting', 'Writes that wait for their commit.', []);
  readonly #commits = this.#histogram(
    'storage_commit_seconds',
    'Time from the first of the writes that share a commit until they are durable.',
    [],
  );
  readonly #writes = this.#counter('storage_writes_total', 'Writes made durable since the start.', []);
  readonly #writeFailures = this.#counter('storage_write_failures_total', 'Writes that failed since the start.', []);

  constructor() {
    collectDefaultMetrics({ register: this.#registry });
  }

  decided(outcome: string, rule: string): void {
    this.#decisions.inc({ outcome, rule: this.#ruleName(rule) });
  }

  flagged(rule: string): void {
    this.#flags.inc({ rule: this.#ruleName(rule) });
  }

  shadowed(rule: string, action: string): void {
    this.#shadow.inc({ rule: this.#ruleName(rule), action });
  }

  answeredSign(result: string, seconds: number): void {
    this.#signs.observe({ result }, seconds);
  }

  answeredQuestion(question: string, seconds: number): void {
    this.#answers.observe({ question }, seconds);
  }

  failedQuestion(question: string): void {
    this.#answerFailures.inc({ question });
  }

  failedCheck(check: string, meaning: string): void {
    this.#checkFailures.inc({ check, meaning });
  }

  actionNotLogged(action: string): void {
    this.#unlogged.inc({ action });
  }

  /** Endpoints are those of the configuration; what is asked of homeservers has none. */
  calledRemote(call: RemoteCall, seconds: number): void {
    const { endpoint, kind, outcome } = call;
    this.#remoteCalls.inc({ endpoint, kind, outcome });
    if (outcome === 'answered' || outcome === 'failed') this.#remoteSeconds.observe({ endpoint, kind }, seconds);
  }

  committed(seconds: number): void {
    this.#commits.observe(seconds);
  }

  /** In the text format of Prometheus. */
  async text(levels: Levels): Promise<string> {
    for (const [membership, count] of Object.entries(levels.rooms)) this.#rooms.set({ membership }, count);
    this.#queue.set(levels.queueWaiting);
    this.#outbox.set(levels.outboxDestinations);
    this.#writesWaiting.set(levels.storage.waiting);
    setTo(this.#writes, levels.storage.writes);
    setTo(this.#writeFailures, levels.storage.failures);
    return await this.#registry.metrics();
  }

  /** Name and meaning of each of ours, for the documentation. */
  async descriptions(): Promise<readonly { readonly name: string; readonly help: string; readonly type: string }[]> {
    const all = await this.#registry.getMetricsAsJSON();
    return all
      .filter(({ name }) => name.startsWith('gatehouse_'))
      .map(({ name, help, type }) => ({ name, help, type: String(type) }));
  }

  #ruleName(rule: string): string {
    if (this.#ruleNames.has(rule)) return rule;
    if (this.#ruleNames.size >= MAX_RULE_NAMES) return 'other';
    this.#ruleNames.add(rule);
    return rule;
  }

  #counter<Label extends string>(name: string, help: string, labelNames: readonly Label[]): Counter<Label> {
    return new Counter({ name: `gatehouse_${name}`, help, labelNames: [...labelNames], registers: [this.#registry] });
  }

  #gauge<Label extends string>(name: string, help: string, labelNames: readonly Label[]): Gauge<Label> {
    return new Gauge({ name: `gatehouse_${name}`, help, labelNames: [...labelNames], registers: [this.#registry] });
  }

  #histogram<Label extends string>(name: string, help: string, labelNames: readonly Label[]): Histogram<Label> {
    const labels = [...labelNames];
    return new Histogram({
      ...{ name: `gatehouse_${name}`, help, labelNames: labels, buckets: SECONDS },
      registers: [this.#registry],
    });
  }
}

/** Counted elsewhere since the start. */
function setTo(counter: Counter, count: number): void {
  counter.reset();
  counter.inc(count);
}
